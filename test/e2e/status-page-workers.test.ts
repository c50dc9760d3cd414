import assert from "node:assert/strict";
import { test } from "node:test";
import { openWindow, startBrowser, violationsOf } from "./support/browser.js";
import { placeFor } from "./support/place.js";
import { until } from "./support/until.js";
import { startTraffic } from "./support/watched-traffic.js";

const LOOKS = [
	["light", 1360],
	["dark", 390],
] as const;

test("the status page shows the workers, and a rolling restart", async (t) => {
	const place = placeFor(t, "status-page-workers");
	const { port, daemon } = await startTraffic(t, 30, ["--workers", "2"]);
	const browser = await startBrowser(place);
	for (const [colorScheme, width] of LOOKS) {
		const viewport = { width, height: 1000 };
		const page = await openWindow(browser, { colorScheme, viewport });
		const said: string[] = [];
		page.on("console", (message) => said.push(message.text()));
		page.on("pageerror", (error) => said.push(error.message));
		await page.goto(`http://localhost:${port}/`);
		await page.locator("#workers dt").nth(1).waitFor();
		const file = place.file(`${colorScheme}-${width}.png`);
		await page.screenshot({ path: file, fullPage: true });
		assert.deepEqual(await violationsOf(page), []);
		assert.deepEqual(said, []);
		const words = await page.locator("#versions-words").textContent();
		assert.match(words ?? "", /^All run \S+ on Node \S+, like the supervisor$/);
		await page.context().close();
	}
	const page = await openWindow(browser, {});
	await page.goto(`http://localhost:${port}/`);
	const named = () => page.locator("#workers dt").allTextContents();
	const stated = () => page.locator("#workers dd").allTextContents();
	daemon.child.kill("SIGUSR2");
	// The tunnels of the traffic stay with the workers that drain.
	await until("two workers of the second generation", async () => {
		const names = await named();
		return names.filter((name) => name.endsWith("generation 2")).length === 2;
	});
	await until("a worker that drains", async () =>
		(await stated()).some((text) => text.startsWith("draining")),
	);
	await page.screenshot({ path: place.file("rolling.png"), fullPage: true });
	await page.getByText("Ready", { exact: true }).waitFor();
});
