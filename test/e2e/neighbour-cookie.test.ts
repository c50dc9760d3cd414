import assert from "node:assert/strict";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { openWindow, startBrowser } from "./support/browser.js";
import { startPrinted } from "./support/front-servers.js";
import {
	GALAXY_HOST,
	NAMES_ARE_HERE,
	PREFIX,
	startPageContainer,
	TOOL_HOST,
} from "./support/neighbours.js";
import { placeFor } from "./support/place.js";
import { newSession, startGalaxyPage } from "./support/site.js";

test("a session cookie that a tool's page plants in Chromium does not show its planter's environment", async (t) => {
	const place = placeFor(t, "neighbour-cookie");
	const [own, planted] = [newSession(), newSession()];
	const host = "127.0.0.1";
	const alices = await startPageContainer(place, "Alice");
	const mallorys = await startPageContainer(place, "Mallory");
	const daemon = await startDaemon(t, {
		sessions: {
			[own]: { host, port: alices.port, ids: ["a"] },
			[planted]: { host, port: mallorys.port, ids: ["m"] },
		},
		args: ["--proxy-prefix", PREFIX],
	});
	const front = await startPrinted(
		"nginx",
		place,
		{
			proxyPort: daemon.port,
			galaxyPort: await startGalaxyPage(place, own),
		},
		...["--proxy-prefix", PREFIX],
	);
	const galaxy = `http://${GALAXY_HOST}:${front}`;
	const tool = `http://${TOOL_HOST}:${mallorys.port}/`;
	const browser = await startBrowser(place, NAMES_ARE_HERE);

	/** Alice logs in, visits Mallory's tool, which plants a cookie, and opens her environment. */
	const opens = async (key: string, path: string) => {
		const page = await openWindow(browser);
		await page.goto(`${galaxy}/galaxy`);
		await page.goto(tool);
		await page.evaluate(
			`document.cookie = "galaxysession=${key}; Domain=${GALAXY_HOST}; Path=${path}"`,
		);
		const answer = await page.goto(`${galaxy}${PREFIX}/`);
		const sent = await answer?.request().allHeaders();
		const seen = {
			cookies: sent?.cookie,
			status: answer?.status(),
			text: await page.locator("body").innerText(),
		};
		await page.context().close();
		return seen;
	};

	await t.test("with two known sessions a page says what to do", async () => {
		const { cookies, status, text } = await opens(planted, PREFIX);
		assert.equal(
			cookies,
			`galaxysession=${planted}; galaxysession=${own}`,
			"the planted one comes first",
		);
		assert.equal(status, 400);
		assert.match(text, /delete this site's cookies/i);
		assert.match(text, /tell your Galaxy administrator/i);
		const line = await daemon.logged(({ status }) => status === 400);
		assert.equal(line.cause, "cookies of several sessions");
	});
	await t.test("so does a planted cookie that comes last", async () => {
		const { cookies, status } = await opens(planted, "/");
		assert.equal(cookies, `galaxysession=${own}; galaxysession=${planted}`);
		assert.equal(status, 400);
	});
	await t.test("a cookie of an unknown session changes nothing", async () => {
		const unknown = newSession();
		assert.deepEqual(await opens(unknown, PREFIX), {
			cookies: `galaxysession=${unknown}; galaxysession=${own}`,
			status: 200,
			text: "Alice",
		});
	});
});
