import assert from "node:assert/strict";
import { test } from "node:test";
import { grantOf } from "../../src/routing/admission.js";

const SAME_HOST: [
	origin: string | undefined,
	host: string | undefined,
	granted: boolean,
][] = [
	["http://galaxy.example:8080", "galaxy.example:8800", true],
	["https://galaxy.example", "galaxy.example", true],
	["https://Galaxy.Example", "GALAXY.example:1", true],
	["http://[::1]:8080", "[::1]:8800", true],
	["http://galaxy.example", "localhost:8800", false],
	["http://galaxy.example.evil.test", "galaxy.example", false],
	["http://evil.test/galaxy.example", "galaxy.example", false],
	["http://galaxy.example@evil.test", "galaxy.example", false],
	["http://xgalaxy.example", "galaxy.example", false],
	["null", "galaxy.example", false],
	["null", "null", false],
	["galaxy.example", "galaxy.example", false],
	["", "", false],
	["http://", "", false],
	["http://galaxy.example", undefined, false],
	[undefined, "galaxy.example", false],
];

for (const [origin, host, granted] of SAME_HOST)
	test(`same-host: ${origin} for ${host} is ${granted ? "" : "not "}granted`, () => {
		assert.deepEqual(
			grantOf("same-host", origin, host),
			granted ? { origin } : undefined,
		);
	});

test("any: every origin is reflected, and credentials without one", () => {
	assert.deepEqual(grantOf("any", "https://x", "y"), { origin: "https://x" });
	assert.deepEqual(grantOf("any", undefined, "y"), { origin: undefined });
});

test("none: nothing is granted", () => {
	assert.equal(grantOf("none", "http://a", "a"), undefined);
});

test("a list: its origins, and not the own host", () => {
	const list = ["https://a", "https://b:1"];
	assert.deepEqual(grantOf(list, "https://A", "x"), { origin: "https://A" });
	assert.deepEqual(grantOf(list, "https://b:1", "x"), {
		origin: "https://b:1",
	});
	for (const origin of [
		"https://b",
		"http://a",
		"https://a.evil",
		"https://x",
		undefined,
	])
		assert.equal(grantOf(list, origin, "x"), undefined, String(origin));
});
