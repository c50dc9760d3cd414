import assert from "node:assert/strict";
import { test } from "node:test";
import { NOT_READY, UNKNOWN } from "../../src/route.js";
import { SeenSessions } from "../../src/session-map/route-finder.js";

/** How many of `count` keys are still there. */
function left(seen: SeenSessions, count: number): number {
	let left = 0;
	for (let n = 0; n < count; n++) if (seen.get(`key-${n}`)) left++;
	return left;
}

test("no more than 20,000 sessions are kept, and those in use stay", () => {
	const seen = new SeenSessions();
	seen.learn("in use", NOT_READY, 1);
	for (let n = 0; n < 50_000; n++) {
		seen.learn(`key-${n}`, NOT_READY, 1);
		const inUse = seen.get("in use");
		assert.ok(inUse);
		inUse.used = true;
	}
	assert.equal(left(seen, 50_000), 19_999);
	assert.equal(seen.get("key-0"), undefined);
});

test("a session that the map does not have is not kept", () => {
	const seen = new SeenSessions();
	seen.learn("session", UNKNOWN, 1);
	assert.equal(seen.get("session"), undefined);
	seen.learn("session", NOT_READY, 2);
	seen.learn("session", UNKNOWN, 3);
	assert.equal(seen.get("session"), undefined);
});
