import { join } from "node:path";
import { CODE, PYTHON, pythonPackage, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

export const nicegui: ToolApp = {
	name: "NiceGUI",
	forms: ["domain", "header"],
	header: "X-Forwarded-Prefix",
	needs: [pythonPackage("nicegui")],
	command: ({ port }) => [
		...[join(PYTHON, "python"), join(CODE, "nicegui_app.py"), String(port)],
	],
	/** Events and results go by socket.io over a WebSocket. */
	use: (page) =>
		useControls(page, {
			handle: page.locator(".q-slider__thumb"),
			file: page.locator("input[type=file]"),
			download: page.getByRole("button", { name: "Download" }),
		}),
};
