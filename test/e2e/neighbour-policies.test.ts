import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { startDaemon } from "../support/daemon.js";
import { openWindow, startBrowser } from "./support/browser.js";
import { startPrinted } from "./support/front-servers.js";
import { PREFIX, startPageContainer } from "./support/neighbours.js";
import { placeFor } from "./support/place.js";
import { newSession, startGalaxyPage } from "./support/site.js";

/** Each applies to the whole origin once a browser has received it. */
const POLICIES = {
	NEL: '{"report_to":"m","max_age":86400,"success_fraction":1}',
	"Report-To":
		'{"group":"m","max_age":86400,"endpoints":[{"url":"https://mallory.example/"}]}',
	"Strict-Transport-Security": "max-age=86400; includeSubDomains",
	"Service-Worker-Allowed": "/",
	"Clear-Site-Data": '"cookies"',
};

test("a container sets no policy for Galaxy's origin in Chromium", async (t) => {
	const place = placeFor(t, "neighbour-policies");
	const key = newSession();
	const container = await startPageContainer(place, "Mallory", POLICIES);
	const daemon = await startDaemon(t, {
		sessions: { [key]: { host: "127.0.0.1", port: container.port } },
	});
	const galaxyPort = await startGalaxyPage(place, key);
	const behind = { proxyPort: daemon.port, galaxyPort };
	const browser = await startBrowser(place);
	/** Opens an environment's page; resolves with the policies that Chromium received. */
	const received = async (page: Page, port: number): Promise<string[]> => {
		const answer = await page.goto(`http://localhost:${port}${PREFIX}/x`);
		assert.equal(answer?.status(), 200);
		const names = Object.keys(await answer.allHeaders());
		return Object.keys(POLICIES).filter((name) =>
			names.includes(name.toLowerCase()),
		);
	};

	for (const kind of ["nginx", "apache"] as const)
		await t.test(`through ${kind}`, async () => {
			const words = ["--proxy-prefix", PREFIX];
			const port = await startPrinted(kind, place, behind, ...words);
			const page = await openWindow(browser);
			await page.goto(`http://localhost:${port}/galaxy`);
			assert.deepEqual(await received(page, port), []);
			assert.equal((await page.context().cookies()).length, 1);
			assert.equal(await registers(page, "/"), "SecurityError");
			assert.equal(await registers(page, `${PREFIX}/`), "registered");
			await page.context().close();
		});
	await t.test("without the proxy it does", async () => {
		const page = await openWindow(browser);
		const all = Object.keys(POLICIES);
		assert.deepEqual(await received(page, container.port), all);
		assert.equal(await registers(page, "/"), "registered");
		await page.context().close();
	});
});

/** Registers a service worker from below the environment's path for this scope, and removes it again. */
function registers(page: Page, scope: string): Promise<string> {
	return page.evaluate(`navigator.serviceWorker
		.register(${JSON.stringify(`${PREFIX}/worker.js`)}, { scope: ${JSON.stringify(scope)} })
		.then((registration) => registration.unregister())
		.then(() => "registered", (error) => error.name)`);
}
