import assert from "node:assert/strict";
import { test } from "node:test";
import { type Route, UNKNOWN } from "../../src/route.js";
import { routeOf } from "../../src/session-map/row.js";
import { values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { askForPage, titleOf } from "./page-asked.js";

test("another launch of a row that is not ready is another route", () => {
	const [first, again, unnamed] = ['["a"]', '["b"]', "[]"].map((ids) =>
		routeOf("localhost", -8888, ids),
	);
	assert.equal(first?.kind, "not-ready");
	assert.notDeepEqual(first, again);
	assert.deepEqual(unnamed, { kind: "not-ready" });
});

// The page is told where it differs from the one that may be open: a page that is just starting is not.
test("in the first minutes a row that is not ready is starting, and no page is told", async (t) => {
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
