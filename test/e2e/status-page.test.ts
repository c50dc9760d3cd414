import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openWindow, startBrowser, violationsOf } from "./support/browser.js";
import { placeFor } from "./support/place.js";
import { until } from "./support/until.js";
import { startTraffic } from "./support/watched-traffic.js";

const A_MINUTE_MS = 60_000;
const LOOKS = [
	["light", { width: 1360, height: 1000 }],
	["dark", { width: 1360, height: 1000 }],
	["light", { width: 390, height: 844 }],
] as const;

/** Opens the page and waits until it shows sessions. The console must stay empty. */
async function open(
	browser: Browser,
	port: number,
	[colorScheme, viewport]: (typeof LOOKS)[number],
	hasTestClock = false,
): Promise<{ page: Page; said: string[] }> {
	const page = await openWindow(browser, { colorScheme, viewport });
	if (hasTestClock) await page.clock.install();
	const said: string[] = [];
	page.on("console", (message) => said.push(message.text()));
	page.on("pageerror", (error) => said.push(error.message));
	await page.goto(`http://localhost:${port}/`);
	await page.locator("#rows tr").first().waitFor();
	return { page, said };
}

test("it has no accessibility violations and obeys its own policy, light, dark and on a phone", async (t) => {
	const place = placeFor(t, "status-page");
	const { port } = await startTraffic(t, 30);
	const browser = await startBrowser(place);
	for (const look of LOOKS) {
		const { page, said } = await open(browser, port, look);
		const name = `${look[0]}-${look[1].width}`;
		await page.screenshot({ path: place.file(`${name}.png`), fullPage: true });
		assert.deepEqual(await violationsOf(page), [], name);
		assert.deepEqual(said, [], name);
		const overflow = await page.evaluate(
			"document.documentElement.scrollWidth - innerWidth",
		);
		assert.ok(Number(overflow) <= 0, `${name} is ${overflow} px too wide`);
		await page.context().close();
	}
});

test("sessions are sorted and filtered by keyboard, and are updated without reloading", async (t) => {
	const place = placeFor(t, "status-page-keys");
	const { port, visitAll } = await startTraffic(t, 30);
	const browser = await startBrowser(place);
	const { page } = await open(browser, port, LOOKS[0]);
	const states = () =>
		page.locator("#rows tr td:nth-child(3)").allTextContents();

	await page.getByRole("button", { name: "State" }).focus();
	await page.keyboard.press("Enter");
	const isSorted = async () => (await states())[0] === "failing";
	await until("failing ones first", isSorted);
	const sort = page.locator("th[aria-sort=ascending]");
	assert.equal(await sort.textContent(), "State");

	await page.getByRole("searchbox").focus();
	await page.keyboard.type("open");
	await until("three rows", async () => (await states()).length === 3);
	assert.deepEqual(await states(), ["open", "open", "open"]);

	const total = page.locator("#total-requests");
	const before = await total.textContent();
	await visitAll();
	const hasChanged = async () => (await total.textContent()) !== before;
	await until("another number of requests", hasChanged);
});

test("it sends no request while its tab is hidden, and shows that the daemon has ended", async (t) => {
	const place = placeFor(t, "status-page-hidden");
	const { port, daemon } = await startTraffic(t, 5);
	const browser = await startBrowser(place);
	const { page } = await open(browser, port, LOOKS[0], true);
	let asked = 0;
	page.on("request", () => asked++);
	const hide = (hidden: boolean) =>
		page.evaluate(
			`Object.defineProperty(document, "hidden", { configurable: true, value: ${hidden} });
			document.dispatchEvent(new Event("visibilitychange"))`,
		);
	/** Requests of the page since the last call, its own mark here not counted. */
	const since = async () => {
		const marked = page.waitForRequest(/mark/);
		await page.evaluate("void fetch('mark')");
		await marked;
		const seen = asked - 1;
		asked = 0;
		return seen;
	};
	await hide(true);
	await since();
	await page.clock.runFor(A_MINUTE_MS);
	assert.equal(await since(), 0);
	const asking = page.waitForRequest(/live/);
	await hide(false);
	await asking;
	assert.equal(await daemon.stop(), 0);
	await page.getByText("No answer for").waitFor();
});
