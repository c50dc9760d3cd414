import { join } from "node:path";
import { CODE, PYTHON, pythonPackage, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

export const dash: ToolApp = {
	name: "Dash",
	forms: ["domain", "url", "told"],
	needs: [pythonPackage("dash")],
	command: ({ form, port, base }) => [
		...[join(PYTHON, "python"), join(CODE, "dash_app.py"), String(port)],
		...[base, form === "told" ? "/" : base],
	],
	use: (page) =>
		useControls(page, {
			slider: page.locator("[role=slider]"),
			file: page.locator("input[type=file]"),
			download: page.getByRole("button", { name: "Download" }),
		}),
};
