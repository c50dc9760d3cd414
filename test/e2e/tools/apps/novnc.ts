import { join } from "node:path";
import { until } from "../../support/until.js";
import { CODE, type ToolApp } from "../app.js";
import { wrote } from "./jupyterlab.js";

export const novnc: ToolApp = {
	name: "noVNC desktop",
	forms: ["domain", "path"],
	needs: ["/usr/share/novnc/vnc.html", "/usr/bin/Xtigervnc", "/usr/bin/xterm"],
	// The page's own default is /websockify, which is a page of Galaxy's by path.
	entry: (base) =>
		`vnc.html?autoconnect=true&path=${encodeURIComponent(`${base.slice(1)}websockify`)}`,
	command: ({ port }) => ["bash", join(CODE, "novnc.sh"), String(port)],
	async use(page, { folder }) {
		const file = join(folder, "typed.txt");
		await page.locator("#noVNC_container canvas").click();
		await page.locator("html.noVNC_connected").waitFor();
		await until("the terminal's prompt", async () => {
			await page.keyboard.type(`echo $((999 * 1000 / 2)) > ${file}`);
			await page.keyboard.press("Enter");
			await page.waitForTimeout(500);
			return wrote(file, "499500\n");
		});
		return "command typed into a terminal on the desktop";
	},
};
