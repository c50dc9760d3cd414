import assert from "node:assert/strict";
import { test } from "node:test";
import { NOT_READY, UNKNOWN } from "../../src/route.js";
import { LastRoutes } from "../../src/session-map/route-finder.js";

/** How many of `count` keys are still there. */
function left(routes: LastRoutes, count: number): number {
	let left = 0;
	for (let n = 0; n < count; n++) if (routes.get(`key-${n}`)) left++;
	return left;
}

test("no more than 20,000 sessions are kept, and those in use stay", () => {
	const routes = new LastRoutes();
	routes.learn("in use", NOT_READY, 1);
	for (let n = 0; n < 50_000; n++) {
		routes.learn(`key-${n}`, NOT_READY, 1);
		const inUse = routes.get("in use");
		assert.ok(inUse);
		inUse.isUsed = true;
	}
	assert.equal(left(routes, 50_000), 19_999);
	assert.equal(routes.get("key-0"), undefined);
});

test("a session that the map does not have is not kept", () => {
	const routes = new LastRoutes();
	routes.learn("session", UNKNOWN, 1);
	assert.equal(routes.get("session"), undefined);
	routes.learn("session", NOT_READY, 2);
	routes.learn("session", UNKNOWN, 3);
	assert.equal(routes.get("session"), undefined);
});
