import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { CODE, PYTHON, type ToolApp } from "../app.js";

const TENSORBOARD = join(PYTHON, "tensorboard");

export const tensorboard: ToolApp = {
	name: "TensorBoard",
	forms: ["domain", "path", "url"],
	needs: [TENSORBOARD],
	command({ port, base, folder }) {
		execFileSync(join(PYTHON, "python"), [join(CODE, "training.py"), folder]);
		return [
			...[TENSORBOARD, "--logdir", folder, "--host", "127.0.0.1"],
			...["--port", String(port), "--load_fast=false"],
			...(base === "/" ? [] : ["--path_prefix", base.slice(0, -1)]),
		];
	},
	async use(page) {
		await page.locator("scalar-card").first().waitFor();
		// The values arrive as JSON after the page.
		await page.locator("scalar-card line-chart").first().waitFor();
		await page.getByText("loss").first().waitFor();
		await page.locator("input[type=range]").first().press("ArrowRight");
		return "a training's values shown";
	},
};
