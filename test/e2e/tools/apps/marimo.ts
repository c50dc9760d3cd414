import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";

const MARIMO = join(PYTHON, "marimo");

export const marimo: ToolApp = {
	name: "marimo",
	forms: ["domain", "path", "url"],
	needs: [MARIMO],
	command({ port, base, folder }) {
		// It writes into the notebook's folder.
		const notebook = join(folder, "notebook.py");
		copyFileSync(join(CODE, "marimo_app.py"), notebook);
		return [
			...[MARIMO, "--yes", "edit", notebook, "--headless", "--no-token"],
			...["--host", "127.0.0.1", "--port", String(port)],
			...(base === "/" ? [] : ["--base-url", base.slice(0, -1)]),
		];
	},
	async use(page) {
		await page.locator(".cm-content").nth(1).waitFor();
		const controls = page.getByTestId("chrome-controls-bottom-right");
		// Cells do not run by themselves when the notebook is opened.
		await controls.getByTestId("run-button").click();
		await page.getByText("moved to 50").first().waitFor();
		await page.locator("[role=slider]").first().press("ArrowRight");
		await page.getByText("moved to 51").first().waitFor();
		return "cells run, slider moved";
	},
};
