import assert from "node:assert/strict";
import { test } from "node:test";
import { Lookup } from "../../../src/proxy/target-address.js";

/** The addresses of a name that needs no name server, in order. */
function addresses(lookup: Lookup): readonly string[] {
	let found: readonly string[] = [];
	lookup.find("localhost", (list) => {
		found = list;
	});
	return found;
}

const USUAL = ["127.0.0.1", "::1"];
const PREFERRED = ["::1", "127.0.0.1"];

test("an address is preferred for ten minutes, counted from its first connection", (t) => {
	const now = performance.now.bind(performance);
	let later = 0;
	t.mock.method(performance, "now", () => now() + later);
	const lookup = new Lookup();
	assert.deepEqual(addresses(lookup), USUAL);
	lookup.prefer("localhost", "::1");
	later = 9 * 60_000;
	lookup.prefer("localhost", "::1");
	assert.deepEqual(addresses(lookup), PREFERRED);
	later = 10 * 60_000;
	assert.deepEqual(addresses(lookup), USUAL);
});

test("a preferred address that fails is forgotten", () => {
	const lookup = new Lookup();
	lookup.prefer("localhost", "::1");
	lookup.forget("localhost", "127.0.0.1");
	assert.deepEqual(addresses(lookup), PREFERRED);
	lookup.forget("localhost", "::1");
	assert.deepEqual(addresses(lookup), USUAL);
});

test("a preferred address that the name no longer has is not tried", () => {
	const lookup = new Lookup();
	lookup.prefer("localhost", "127.0.0.9");
	assert.deepEqual(addresses(lookup), USUAL);
});

test("the preferred addresses of a thousand names are remembered", () => {
	const lookup = new Lookup();
	lookup.prefer("localhost", "::1");
	for (let name = 1; name < 1_000; name++)
		lookup.prefer(`node-${name}`, "127.0.0.1");
	assert.deepEqual(addresses(lookup), PREFERRED);
	lookup.prefer("node-1000", "127.0.0.1");
	assert.deepEqual(addresses(lookup), USUAL);
});
