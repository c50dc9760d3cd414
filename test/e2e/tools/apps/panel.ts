import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

const PANEL = join(PYTHON, "panel");

export const panel: ToolApp = {
	name: "Panel",
	forms: ["domain", "path", "url"],
	needs: [PANEL],
	entry: () => "panel_app",
	readyAt: "panel_app",
	command: ({ port, base }) => [
		...[PANEL, "serve", join(CODE, "panel_app.py"), "--port", String(port)],
		...["--address", "127.0.0.1", "--allow-websocket-origin=*"],
		...["--prefix", base, "--websocket-max-message-size=30000000"],
	],
	use: (page) =>
		useControls(page, {
			slider: page.locator(".noUi-handle"),
			file: page.locator("input[type=file]"),
			download: page.getByText("Download", { exact: true }),
		}),
};
