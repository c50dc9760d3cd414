import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

const BOKEH = join(PYTHON, "bokeh");

export const bokeh: ToolApp = {
	name: "Bokeh server",
	forms: ["domain", "url"],
	needs: [BOKEH],
	entry: () => "bokeh_app",
	readyAt: "bokeh_app",
	command: ({ port, base }) => [
		...[BOKEH, "serve", join(CODE, "bokeh_app.py"), "--port", String(port)],
		...["--address", "127.0.0.1", "--allow-websocket-origin=*"],
		...["--prefix", base, "--websocket-max-message-size=30000000"],
	],
	/** The upload and the file that comes back are messages of its WebSocket. */
	use: (page) =>
		useControls(page, {
			slider: page.locator(".noUi-handle"),
			file: page.locator("input[type=file]"),
			download: page.getByRole("button", { name: "Download" }),
		}),
};
