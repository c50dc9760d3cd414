import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page, Request } from "playwright-core";
import { startBrowser } from "./support/browser.js";
import { placeFor } from "./support/place.js";
import { launch, visit } from "./support/visitor.js";

/** Lets the test hide the tab: a browser without a screen shows all of its tabs. */
const HIDEABLE = `Object.defineProperty(document, "hidden", { get: () => globalThis.isHidden === true });`;
/** A page's longest pause between two looks. */
const LONGEST_MS = 10_000;
const STEP_MS = 250;

/** Whether it is a request of the page's script. */
function isLook(request: Request): boolean {
	return request.headers()["x-requested-with"] === "fetch";
}

/** Requests of the page's script so far. */
function countLooks(page: Page): () => number {
	let looks = 0;
	page.on("request", (request) => {
		if (isLook(request)) looks++;
	});
	return () => looks;
}

/** Moves the page's clock until it looks. @returns the milliseconds, give or take a few STEP_MS */
async function untilLook(page: Page, looks: () => number): Promise<number> {
	const before = looks();
	const answered = page.waitForResponse((answer) => isLook(answer.request()));
	let passed = 0;
	while (looks() === before && passed < 2 * LONGEST_MS) {
		await page.clock.runFor(STEP_MS);
		passed += STEP_MS;
	}
	await answered;
	// When this is answered, the page has set the time of its next look.
	await page.evaluate("fetch('').then((answer) => answer.text())");
	return passed;
}

test("a page retries less and less often, and never while its tab is hidden", async (t) => {
	const place = placeFor(t, "pages-patience");
	const browser = await startBrowser(place);
	const launched = await launch(place, true);
	const page = await visit(browser, launched);
	await page.addInitScript(HIDEABLE);
	await page.clock.install({ time: 0 });
	// Later than a busy machine needs to get here.
	await page.clock.pauseAt(60_000);
	await page.goto(launched.url);
	const looks = countLooks(page);

	for (let due = 1_000; due < 1.5 * LONGEST_MS; due *= 1.3) {
		const passed = await untilLook(page, looks);
		const off = Math.abs(passed - Math.min(due, LONGEST_MS));
		assert.ok(off <= 3 * STEP_MS, `${passed} in place of ${due}`);
	}

	const seen = looks();
	await page.evaluate("globalThis.isHidden = true");
	await page.clock.runFor(3_600_000);
	assert.equal(looks(), seen);

	await page.evaluate("globalThis.isHidden = false");
	const asked = page.waitForRequest(
		(request) => request.resourceType() === "fetch",
	);
	await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
	await asked;
	assert.equal(looks(), seen + 1);
});
