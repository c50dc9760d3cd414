import { join } from "node:path";
import { CODE, type ToolApp } from "../app.js";
import { useControls } from "../controls.js";

export const shinyR: ToolApp = {
	name: "Shiny for R",
	forms: ["domain", "path"],
	needs: ["/usr/lib/R/site-library/shiny"],
	command: ({ port }) => ["Rscript", join(CODE, "shiny.R"), String(port)],
	use: (page) =>
		useControls(page, {
			handle: page.locator(".irs-handle.single"),
			file: page.locator("#file"),
			download: page.locator("#download"),
		}),
};
