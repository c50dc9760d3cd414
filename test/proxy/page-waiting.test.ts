import assert from "node:assert/strict";
import { test } from "node:test";
import type { Occasion } from "../../src/error-pages.js";
import { LONG_WAIT_MS, LONGEST_WAIT_MS } from "../../src/limits.js";
import { openPages } from "../../src/pages/pages.js";
import { pageOf } from "../../src/proxy/answers.js";
import { WaitingSessions } from "../../src/proxy/sessions.js";
import { type Route, UNKNOWN } from "../../src/route.js";
import { routeOf } from "../../src/session-map/row.js";
import { values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { askForPage, titleOf } from "./page-asked.js";

const { find } = openPages(undefined);

/** The page of a session that has asked for so long. */
function pageAfter(waitedMs: number, languages = ""): string {
	const occasion: Occasion = {
		fault: "notReady",
		status: 503,
		languages,
		answeredAt: 0,
		waitingSince: performance.now() - waitedMs,
	};
	const page = find("waiting", occasion);
	assert.ok(page);
	return Buffer.from(page.body, "latin1").toString();
}

test("a row that is not ready gets the page starting for five minutes, then waiting", () => {
	assert.equal(LONG_WAIT_MS, 5 * 60_000);
	assert.equal(pageOf("notReady", false), "starting");
	assert.equal(pageOf("notReady", false, LONG_WAIT_MS - 1), "starting");
	assert.equal(pageOf("notReady", false, LONG_WAIT_MS), "waiting");
	assert.equal(pageOf("notReady", true, LONGEST_WAIT_MS * 2), "waiting");
});

test("only a row that is not ready has that page, however long it took", () => {
	assert.equal(pageOf("targetMissing", false, LONGEST_WAIT_MS), "starting");
	assert.equal(pageOf("targetMissing", true, LONGEST_WAIT_MS), "not-reachable");
	assert.equal(pageOf("ended", false, LONGEST_WAIT_MS), "ended");
});

test("the page gives the time of the first request and instructions", () => {
	const page = pageAfter(LONG_WAIT_MS);
	const [, at = ""] = /<time datetime="([^"]*)"/.exec(page) ?? [];
	const ago = Date.now() - Date.parse(at);
	assert.ok(ago >= LONG_WAIT_MS - 1_000 && ago < LONGEST_WAIT_MS, `${ago}`);
	assert.match(page, /Keep Galaxy's page for this environment open/);
	assert.match(page, /start the environment again from Galaxy/);
	const german = pageAfter(LONG_WAIT_MS, "de");
	assert.match(german, /Lassen Sie die Seite dieser Umgebung in Galaxy/);
});

test("for thirty minutes the page retries, and it knows for how long", () => {
	const page = pageAfter(LONGEST_WAIT_MS - 60_000);
	const [main = ""] = /<main[^>]*>/.exec(page) ?? [];
	assert.match(main, / data-stay="502 503 504" data-wait/);
	const patience = Number(/ data-patience="(\d+)"/.exec(main)?.[1]);
	assert.ok(patience > 0 && patience <= 60_000, `${patience}`);
	assert.match(page, /http-equiv="refresh"/);
});

test("after thirty minutes it neither retries nor reloads", () => {
	assert.equal(LONGEST_WAIT_MS, 30 * 60_000);
	const page = pageAfter(LONGEST_WAIT_MS);
	const [main = ""] = /<main[^>]*>/.exec(page) ?? [];
	assert.match(main, /data-page="waiting"/);
	assert.doesNotMatch(main, /data-stay|data-wait/);
	assert.doesNotMatch(page, /http-equiv="refresh"/);
	assert.match(page, /<a href="">/);
});

test("a session waits from its first request on", () => {
	const waiting = new WaitingSessions();
	const first = waiting.since("abc", "launch");
	assert.ok(first <= performance.now());
	assert.equal(waiting.since("abc", "launch"), first);
	const other = waiting.since("other", "launch");
	assert.ok(other > first);
	assert.equal(waiting.since("abc", "launch"), first);
});

test("another launch starts a new wait, and so does one after the wait was over", () => {
	const waiting = new WaitingSessions();
	const first = waiting.since("abc", "launch");
	const again = waiting.since("abc", "relaunch");
	assert.ok(again > first);
	assert.equal(waiting.since("abc", "relaunch"), again);
	waiting.end("abc");
	assert.ok(waiting.since("abc", "relaunch") > again);
});

test("of many sessions those that have waited longest are forgotten", () => {
	const waiting = new WaitingSessions();
	const first = waiting.since("abc", "");
	const second = waiting.since("session0", "");
	for (let count = 1; count < 1_000; count++)
		waiting.since(`session${count}`, "");
	assert.equal(waiting.since("session0", ""), second);
	assert.ok(waiting.since("abc", "") > first);
});

test("another launch of a row that is not ready is another route", () => {
	const [first, again, unnamed] = ['["a"]', '["b"]', "[]"].map((ids) =>
		routeOf("localhost", -8888, ids),
	);
	assert.equal(first?.kind, "not-ready");
	assert.notDeepEqual(first, again);
	assert.deepEqual(unnamed, { kind: "not-ready" });
});

// The answer names its page only if it differs from the page that may be open, which is the starting page.
test("in the first minutes a row that is not ready is starting, and the answer names no page", {
	skip: ONE_PROCESS,
}, async (t) => {
	let route: Route = routeOf("localhost", -8888, '["a"]');
	const proxy = await startProxy(t, {}, { find: () => route });
	for (const next of [route, routeOf("localhost", -8888, '["b"]')]) {
		route = next;
		const page = await askForPage(t, proxy.port);
		assert.equal(page.status, 503);
		assert.match(titleOf(page), /is starting/);
		assert.doesNotMatch(values(page.headers, "Proxy-Status").join(), /page=/);
		assert.doesNotMatch(page.text, / data-patience=/);
	}
	route = UNKNOWN;
	assert.equal((await askForPage(t, proxy.port)).status, 403);
});
