import assert from "node:assert/strict";
import { test } from "node:test";
import { UNKNOWN } from "../../src/route.js";
import { routesOfJson } from "../../src/session-map/json-file.js";
import { shown } from "./opened-map.js";

function routeIn(text: string, key: string): string {
	return shown(routesOfJson(text).get(key) ?? UNKNOWN);
}

test("both eras in one document: each entry is told by its type, the later era wins", () => {
	const text = JSON.stringify({
		both: { host: "10.0.0.2", port: "82" },
		"10.0.0.1:81": "both",
		"[::1]:83": "old",
		"two words:84": "bad",
		list: ["10.0.0.1", 80],
		number: 80,
		nothing: null,
		bare: {},
	});
	assert.equal(routeIn(text, "both"), "10.0.0.2:82");
	assert.equal(routeIn(text, "old"), "::1:83");
	assert.equal(routeIn(text, "bad"), "not-ready");
	assert.equal(routeIn(text, "list"), "not-ready");
	assert.equal(routeIn(text, "bare"), "not-ready");
	for (const key of ["number", "nothing", "10.0.0.1:81"])
		assert.equal(routeIn(text, key), "unknown", key);
});

test("of a key that stands twice the last entry counts", () => {
	const text = '{"k":{"host":"a","port":1},"k":{"host":"b","port":2}}';
	assert.equal(routeIn(text, "k"), "b:2");
});

test("a session named __proto__ is a session like any other", () => {
	const text = '{"__proto__":{"host":"a","port":1}}';
	assert.equal(routeIn(text, "__proto__"), "a:1");
	assert.equal(routeIn(text, "host"), "unknown");
});

test("deep nesting is no fault", () => {
	const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
	assert.equal(routeIn(`{"x":${deep},"k":{"host":"a","port":1}}`, "k"), "a:1");
});

for (const text of ["", "{", "null", "[]", '"x"', "1", '{"a":{"host":"b"'])
	test(`"${text}" is no map`, () => {
		assert.throws(() => routesOfJson(text), SyntaxError);
	});
