import { join } from "node:path";
import { until } from "../../support/until.js";
import { CACHE, type ToolApp } from "../app.js";
import { wrote } from "./jupyterlab.js";

const WETTY = join(CACHE, "npm/node_modules/wetty/build/main.js");

export const wetty: ToolApp = {
	name: "WeTTY",
	forms: ["domain", "url"],
	needs: [WETTY],
	command: ({ port, base }) => [
		...[process.execPath, WETTY, "--host", "127.0.0.1"],
		...["--port", String(port), "--base", base, "--command", "bash"],
	],
	/** Keystrokes and output go by socket.io over a WebSocket. */
	async use(page, { folder }) {
		const file = join(folder, "typed.txt");
		await page.locator(".xterm-screen").click();
		await page.keyboard.type(`echo $((999 * 1000 / 2)) | tee ${file}`);
		await page.keyboard.press("Enter");
		// It draws on a canvas; this is its text.
		await page.waitForFunction(
			`Array.from({ length: wetty_term.buffer.active.length }, (_, n) =>
				wetty_term.buffer.active.getLine(n).translateToString().trim()).includes("499500")`,
		);
		await until("the typed command's file", () => wrote(file, "499500\n"));
		return "command typed";
	},
};
