import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type TestContext, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { LANGUAGES, TOOL_PAGES } from "../../src/error-pages.js";
import { openPages } from "../../src/pages/pages.js";
import { freePort } from "../support/free-port.js";
import { startGalaxyApi } from "../support/galaxy-api.js";
import { KEY, startToolDaemon, TOKEN, TOOL_PATH } from "../support/tools.js";
import { openWindow, startBrowser, violationsOf } from "./support/browser.js";
import { type Place, placeFor } from "./support/place.js";

const WINDOW: BrowserContextOptions = {
	viewport: { width: 1100, height: 720 },
	locale: "en-GB",
};

/** A tool at this port. @returns ends it with its connections */
async function startTool(
	place: Place,
	port: number,
): Promise<() => Promise<void>> {
	const server = createServer((_request, response) => {
		response.setHeader("Content-Type", "text/html");
		response.end("<!doctype html><title>Tool</title><h1>Hello</h1>");
	});
	await place.serve(server, port);
	return async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
}

async function titled(page: Page, title: string | RegExp): Promise<void> {
	await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** A tool whose row is there and which does not listen yet, and a window of a user. */
async function openTool(t: TestContext, name: string, args: string[] = []) {
	const place = placeFor(t, name);
	const browser = await startBrowser(place);
	const { daemon, map } = await startToolDaemon(t, { args });
	const port = await freePort();
	await map.put(KEY, TOKEN, "127.0.0.1", port);
	const url = `http://localhost:${daemon.port}${TOOL_PATH}/`;
	const page = await openWindow(browser, WINDOW);
	const shoot = (file: string) =>
		page.screenshot({ path: place.file(`${file}.png`) });
	return { place, map, port, url, page, shoot };
}

test("a tool's page waits for it, notices its end, and then that its row is gone", async (t) => {
	const { place, map, port, url, page, shoot } = await openTool(t, "tool-life");
	assert.equal((await page.goto(url))?.status(), 502);
	await titled(page, "This interactive tool is starting");
	await shoot("starting");
	const end = await startTool(place, port);
	await titled(page, "Hello");

	await end();
	await page.reload();
	await titled(page, "This interactive tool no longer answers");
	await page.getByText(/second.? ago \(/).waitFor();
	await shoot("finishing");
	await map.remove(KEY);
	await titled(page, "There is no interactive tool at this address");
	await shoot("no-tool");
	const link = page.getByRole("link", { name: "Go to Galaxy" });
	assert.equal(await link.getAttribute("href"), "/");
});

test("who is not the owner is told so, and the owner gets in", async (t) => {
	const galaxy = await startGalaxyApi(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	galaxy.others.add("ben");
	const args = ["--check-owner", "--galaxy-url", galaxy.url];
	const opened = await openTool(t, "tool-owner", args);
	const { place, port, url, page, shoot } = opened;
	await startTool(place, port);
	const logIn = async (value: string) => {
		const cookie = { name: "galaxysession", value, httpOnly: true };
		await page.context().addCookies([{ ...cookie, url }]);
		await page.evaluate(
			"document.dispatchEvent(new Event('visibilitychange'))",
		);
	};
	assert.equal((await page.goto(url))?.status(), 403);
	await titled(page, "Log in to Galaxy to open this tool");
	await shoot("not-logged-in");
	await logIn("ben");
	await titled(page, "This interactive tool is not yours");
	await shoot("not-yours");
	assert.equal(
		await page.getByRole("link", { name: "Go to Galaxy" }).getAttribute("href"),
		galaxy.url,
	);
	await logIn("anna");
	await titled(page, "Hello");
});

test("while Galaxy does not answer the page waits", async (t) => {
	const galaxy = await startGalaxyApi(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	galaxy.instead = (response) => response.writeHead(502).end();
	const args = ["--check-owner", "--galaxy-url", galaxy.url];
	const opened = await openTool(t, "tool-owner-unknown", args);
	const { place, port, url, page, shoot } = opened;
	await startTool(place, port);
	const cookie = { name: "galaxysession", value: "anna", url };
	await page.context().addCookies([cookie]);
	assert.equal((await page.goto(url))?.status(), 503);
	await titled(page, "Waiting for Galaxy");
	await shoot("owner-unknown");
	galaxy.instead = undefined;
	await titled(page, "Hello");
});

/** Serves each page of tools at /LANGUAGE/NAME. What a page itself asks for gets no answer, so that it stays. */
function pagesOfTools(): Server {
	const { find } = openPages(undefined, "https://galaxy.example");
	return createServer(({ url = "", headers }, response) => {
		if (headers["x-requested-with"] !== undefined) return;
		const [, languages = "", asked] = url.split("/");
		const name = TOOL_PAGES.find((each) => each === asked);
		const page =
			name &&
			find(name, {
				fault: "noTool",
				status: 404,
				languages,
				answeredAt: performance.now() - 60_000,
				tool: "path",
			});
		response.setHeader("Content-Type", "text/html; charset=utf-8");
		response.end(page?.body ?? "no such page", "latin1");
	});
}

const RULES = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split(
	" ",
);

for (const language of LANGUAGES)
	test(`every page of tools is accessible: ${language}`, async (t) => {
		const place = placeFor(t, `tool-pages-${language}`);
		const browser = await startBrowser(place);
		const port = await place.serve(pagesOfTools());
		const isDark = language === "de" || language === "es";
		const page = await openWindow(browser, {
			viewport: isDark
				? { width: 390, height: 900 }
				: { width: 1100, height: 720 },
			colorScheme: isDark ? "dark" : "light",
			locale: language,
		});
		for (const name of TOOL_PAGES) {
			const url = `http://localhost:${port}/${language}/${name}`;
			await page.goto(url);
			await page.screenshot({ path: place.file(`${name}.png`) });
			assert.deepEqual(await violationsOf(page, RULES), [], name);
			const overflow = "document.documentElement.scrollWidth > innerWidth";
			assert.equal(await page.evaluate(overflow), false, name);
		}
	});
