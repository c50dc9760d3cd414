import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { openWindow, startBrowser } from "./support/browser.js";
import { BASE, startJupyter } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { launch, startEnvironment, visit } from "./support/visitor.js";

const STARTING = "Your environment is starting";
const GONE = "Your environment cannot be reached";

/** A launched environment that does not listen yet, and a window with the session's cookie. */
async function open(
	t: TestContext,
	name: string,
	options: BrowserContextOptions = {},
) {
	const place = placeFor(t, name);
	const browser = await startBrowser(place);
	const launched = await launch(place);
	const page = await visit(browser, launched, options);
	return { place, launched, page };
}

async function titled(page: Page, title: string): Promise<void> {
	await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

test("a page opens the environment when it starts, and again when it returns", async (t) => {
	const { place, launched, page } = await open(t, "pages-open");
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

test("so does a page in a frame of Galaxy's page, from another port", async (t) => {
	const { place, launched, page } = await open(t, "pages-frame");
	await page.evaluate(`document.body.append(Object.assign(
		document.createElement("iframe"), { src: "${launched.url}" }))`);
	const heading = page.frameLocator("iframe").locator("h1");
	await heading.filter({ hasText: STARTING }).waitFor();
	await startEnvironment(place, launched.port);
	await heading.filter({ hasText: "Hello" }).waitFor();
});

test("without scripts the page is reloaded", async (t) => {
	const { place, launched, page } = await open(t, "pages-no-script", {
		javaScriptEnabled: false,
	});
	await page.goto(launched.url);
	await titled(page, STARTING);
	await startEnvironment(place, launched.port);
	await titled(page, "Hello");
});

test("after a new login the tab shows the environment", async (t) => {
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

test("a request of Galaxy's page gets the text and no 2xx", async (t) => {
	const { launched, page } = await open(t, "pages-xhr");
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

test("the page opens the notebook of a Jupyter that starts late", async (t) => {
	const { place, launched, page } = await open(t, "pages-jupyter");
	await page.goto(`${launched.url}notebooks/ipython_galaxy_notebook.ipynb`);
	await titled(page, STARTING);
	await startJupyter(place, { base: BASE, port: launched.port });
	// Earlier, the page's policy would refuse the evaluation.
	await page.locator(".code_cell").first().waitFor();
	await page.waitForFunction(
		"window.Jupyter?.notebook?.kernel?.is_connected()",
	);
	await page.screenshot({ path: place.file("notebook.png") });
	await page.evaluate("Jupyter.notebook.session.delete()");
});
