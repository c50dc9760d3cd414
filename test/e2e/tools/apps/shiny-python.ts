import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

const UVICORN = join(PYTHON, "uvicorn");

export const shinyPython: ToolApp = {
	name: "Shiny for Python",
	forms: ["domain", "path", "told"],
	needs: [join(PYTHON, "shiny"), UVICORN],
	command: ({ port, base }) => [
		...[UVICORN, "shiny_python:app", "--app-dir", CODE],
		...["--host", "127.0.0.1", "--port", String(port)],
		...["--root-path", base.slice(0, -1)],
	],
	use: (page) =>
		useControls(page, {
			handle: page.locator(".irs-handle.single"),
			file: page.locator("#file"),
			download: page.locator("#download"),
		}),
};
