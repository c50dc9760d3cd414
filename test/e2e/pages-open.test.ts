import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { startBrowser } from "./support/browser.js";
import { BASE, startJupyter } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import {
	launch,
	openWindow,
	startEnvironment,
	visit,
} from "./support/visitor.js";

const STARTING = "Your environment is starting";
const GONE = "Your environment cannot be reached";
async function titled(page: Page, title: string): Promise<void> {
	await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

test("a page opens the environment by itself when it starts, and again when it comes back", async (t) => {
	const place = placeFor(t, "pages-open");
	const browser = await startBrowser(place);
	const launched = await launch(place);
	const page = await visit(browser, launched);
	const answer = await page.goto(launched.url);
	assert.equal(answer?.status(), 502);
	await titled(page, STARTING);
	const end = await startEnvironment(place, launched.port);
	await titled(page, "Hello");

	await end();
	await page.reload();
	await titled(page, GONE);
	await page.getByText(/second.? ago \(/).waitFor();
	await startEnvironment(place, launched.port);
	await titled(page, "Hello");
});

test("a page in a frame of Galaxy's page, from another port, does so too", async (t) => {
	const place = placeFor(t, "pages-frame");
	const browser = await startBrowser(place);
	const launched = await launch(place);
	const page = await visit(browser, launched);
	await page.evaluate(`document.body.append(Object.assign(
		document.createElement("iframe"), { src: "${launched.url}" }))`);
	const heading = page.frameLocator("iframe").locator("h1");
	await heading.filter({ hasText: STARTING }).waitFor();
	await startEnvironment(place, launched.port);
	await heading.filter({ hasText: "Hello" }).waitFor();
});

test("without scripts the page is loaded anew", async (t) => {
	const place = placeFor(t, "pages-no-script");
	const browser = await startBrowser(place);
	const launched = await launch(place);
	const page = await visit(browser, launched, { javaScriptEnabled: false });
	await page.goto(launched.url);
	await titled(page, STARTING);
	await startEnvironment(place, launched.port);
	await titled(page, "Hello");
});

test("who logs in again and comes back to the tab finds the environment", async (t) => {
	const place = placeFor(t, "pages-login");
	const browser = await startBrowser(place);
	const launched = await launch(place);
	await startEnvironment(place, launched.port);
	const page = await openWindow(browser);
	await page.goto(launched.url);
	await titled(page, "No environment belongs to this session");
	const other = await page.context().newPage();
	await other.goto(launched.galaxyUrl);
	await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
	await titled(page, "Hello");
});

test("a request of Galaxy's page gets the text, and never a 2xx", async (t) => {
	const place = placeFor(t, "pages-xhr");
	const browser = await startBrowser(place);
	const launched = await launch(place);
	const page = await visit(browser, launched);
	// As Galaxy's page does by jQuery: $.ajax({ url, xhrFields: { withCredentials: true } }).
	const seen = await page.evaluate<unknown>(`new Promise((resolve) => {
		const xhr = new XMLHttpRequest();
		xhr.open("GET", "${launched.url}");
		xhr.withCredentials = true;
		xhr.onloadend = () => resolve([xhr.status, xhr.responseText]);
		xhr.send();
	})`);
	assert.deepEqual(seen, [502, "Proxy target missing"]);
});

test("a Jupyter that starts late opens its notebook by itself", async (t) => {
	const place = placeFor(t, "pages-jupyter");
	const browser = await startBrowser(place);
	const launched = await launch(place);
	const page = await visit(browser, launched);
	await page.goto(`${launched.url}notebooks/ipython_galaxy_notebook.ipynb`);
	await titled(page, STARTING);
	await startJupyter(place, { base: BASE, port: launched.port });
	// Before, the page's policy would refuse the question.
	await page.locator(".code_cell").first().waitFor();
	await page.waitForFunction(
		"window.Jupyter?.notebook?.kernel?.is_connected()",
	);
	await page.screenshot({ path: place.file("notebook.png") });
	await page.evaluate("Jupyter.notebook.session.delete()");
});
