import { join } from "node:path";
import { until } from "../../support/until.js";
import type { ToolApp } from "../app.js";
import { wrote } from "./jupyterlab.js";

export const shellinabox: ToolApp = {
	name: "shellinabox",
	forms: ["domain", "path"],
	needs: ["/usr/bin/shellinaboxd"],
	command: ({ port, folder }) => [
		...["shellinaboxd", "--disable-ssl", "--localhost-only", "--no-beep"],
		...["--port", String(port), "--cert", folder],
		...[
			"--service",
			`/:${process.getuid?.()}:${process.getgid?.()}:/:/bin/bash --norc`,
		],
	],
	/** A long poll by POST brings what the shell prints. */
	async use(page, { folder }) {
		const file = join(folder, "typed.txt");
		await page.getByText("bash-").first().waitFor();
		await page.locator("#vt100").click();
		await page.keyboard.type(`echo $((999 * 1000 / 2)) | tee ${file}`);
		await page.keyboard.press("Enter");
		await page.getByText("499500").waitFor();
		await until("the typed command's file", () => wrote(file, "499500\n"));
		return "command typed";
	},
};
