import { join } from "node:path";
import { CODE, PYTHON, pythonPackage, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

export const gradio: ToolApp = {
	name: "Gradio",
	forms: ["domain", "told"],
	needs: [pythonPackage("gradio")],
	command: ({ port, base }) => [
		...[join(PYTHON, "python"), join(CODE, "gradio_app.py")],
		...[String(port), base],
	],
	/** Results come by an event stream. */
	use: (page) =>
		useControls(page, {
			slider: page.locator("input[type=range]"),
			file: page.locator("input[type=file]").first(),
			download: page.getByRole("button", { name: "Download", exact: true }),
		}),
};
