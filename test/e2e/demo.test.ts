import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openWindow, startBrowser, violationsOf } from "./support/browser.js";
import { placeFor, ROOT } from "./support/place.js";
import { linesOf } from "./support/until.js";

test("npm run demo in a browser: tools by path and by domain are started, used and stopped", async (t) => {
	const place = placeFor(t, "demo");
	const script = join(ROOT, "demo/demo.mjs");
	const ports = ["--galaxy-port=0", "--tools-port=0", "--proxy-port=0"];
	const command = [process.execPath, script, ...ports];
	const demo = place.start("demo", command, { talks: true });
	const nextLine = linesOf(demo);
	let address: string | undefined;
	while (address === undefined)
		address = /Galaxy's page +(\S+)/.exec(await nextLine())?.[1];

	const browser = await startBrowser(place);
	const galaxy = await openWindow(browser);
	await galaxy.goto(address);
	for (const by of ["path", "domain"]) {
		await galaxy.click(`text=Start a tool by ${by}`);
		await galaxy.locator(".tools li").waitFor();
		assert.deepEqual(await violationsOf(galaxy), []);
		await galaxy.screenshot({ path: place.file(`galaxy-${by}.png`) });
		const opened = galaxy.context().waitForEvent("page");
		await galaxy.click(".tools a");
		const tool = await opened;
		await hasEchoes(tool);
		await tool.screenshot({ path: place.file(`tool-${by}.png`) });

		await galaxy.click(".tools button");
		await galaxy.locator("text=None yet").waitFor();
		await tool.locator("#state:not(.open)").waitFor();
		await tool.reload();
		await tool.locator("text=There is no interactive tool").waitFor();
		await tool.screenshot({ path: place.file(`stopped-${by}.png`) });
		await tool.click("text=Go to Galaxy");
		await tool.locator("text=This page stands for Galaxy").waitFor();
		await tool.close();
	}
	await galaxy.click("text=Open environment");
	await hasEchoes(galaxy);
});

/** Waits for round trips of the page's WebSocket. */
async function hasEchoes(page: Page): Promise<void> {
	await page.waitForFunction(
		"Number(document.getElementById('count').textContent) > 4",
	);
}
