import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";

const VOILA = join(PYTHON, "voila");

export const voila: ToolApp = {
	name: "Voila",
	forms: ["domain", "url"],
	needs: [VOILA],
	command: ({ port, base }) => [
		...[VOILA, join(CODE, "voila.ipynb"), "--no-browser"],
		...["--Voila.ip=127.0.0.1", `--port=${port}`, `--base_url=${base}`],
	],
	async use(page) {
		await page.getByText("moved to 50").waitFor();
		await page.locator(".noUi-handle").focus();
		await page.keyboard.press("ArrowRight");
		await page.getByText("moved to 51").waitFor();
		return "slider moved";
	},
};
