import { join } from "node:path";
import { CODE, PYTHON, pythonPackage, type ToolApp } from "../app.js";

export const trame: ToolApp = {
	name: "trame",
	forms: ["domain", "path"],
	needs: [pythonPackage("trame")],
	command: ({ port }) => [
		...[join(PYTHON, "python"), join(CODE, "trame_app.py"), String(port)],
	],
	async use(page) {
		await page.getByText("moved to 50").waitFor();
		await page.locator("[role=slider]").focus();
		await page.keyboard.press("ArrowRight");
		await page.getByText("moved to 51").waitFor();
		return "slider moved";
	},
};
