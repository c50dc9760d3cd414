import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { until } from "../../support/until.js";
import { PYTHON, type ToolApp } from "../app.js";
import { hashInPage, SAMPLE_HASH, sampleFile, sha256 } from "../controls.js";

const LAB = join(PYTHON, "jupyter-lab");

export const jupyterlab: ToolApp = {
	name: "JupyterLab",
	forms: ["domain", "url"],
	needs: [LAB],
	entry: () => "ipython/lab?reset",
	readyAt: "ipython/api",
	command: ({ port, base, folder }) => [
		...[LAB, "--allow-root", "--no-browser", "--ip=127.0.0.1"],
		...[`--port=${port}`, "--port-retries=0", `--notebook-dir=${folder}`],
		...[`--ServerApp.base_url=${base}ipython/`, "--IdentityProvider.token="],
		"--ServerApp.allow_remote_access=True",
		"--LabApp.expose_app_in_browser=True",
	],
	async use(page, { folder, base }) {
		await runCell(page);
		await typeCommand(page, join(folder, "typed.txt"));
		await upload(page, join(folder, "sample.bin"));
		const file = `${base}ipython/files/sample.bin`;
		assert.equal(await hashInPage(page, file), SAMPLE_HASH);
		return "cell run, command typed, 5 MB up and down";
	},
};

/** In a console, whose answer comes by the kernel's WebSocket. */
export async function runCell(page: Page): Promise<void> {
	const card = page.locator(".jp-LauncherCard[data-category=Console]");
	await card.first().click();
	// The prompt is replaced until the kernel has introduced itself.
	await page.getByText("Type 'copyright'").waitFor();
	await page.locator(".jp-CodeConsole-promptCell .cm-content").click();
	await page.keyboard.type("sum(range(1000))");
	await page.keyboard.press("Shift+Enter");
	await page.locator(".jp-OutputArea").getByText("499500").waitFor();
}

async function typeCommand(page: Page, file: string): Promise<void> {
	await page.evaluate("jupyterapp.commands.execute('terminal:create-new')");
	await page.locator(".jp-Terminal .xterm-screen").click();
	await page.keyboard.type(`echo $((999 * 1000 / 2)) > ${file}`);
	await page.keyboard.press("Enter");
	await until("the typed command's file", () => wrote(file, "499500\n"));
}

/** The file browser uploads in several base64 PUTs. */
async function upload(page: Page, file: string): Promise<void> {
	const [chooser] = await Promise.all([
		page.waitForEvent("filechooser"),
		page.locator("[data-jp-item-name=uploader] jp-button").click(),
	]);
	await chooser.setFiles(sampleFile());
	const isThere = () =>
		existsSync(file) && sha256(readFileSync(file)) === SAMPLE_HASH;
	await until("the uploaded file", isThere);
}

/** Whether the file holds this text. */
export function wrote(file: string, text: string): boolean {
	return existsSync(file) && readFileSync(file, "utf8") === text;
}
