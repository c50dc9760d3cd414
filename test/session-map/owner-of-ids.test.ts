import assert from "node:assert/strict";
import { test } from "node:test";
import { ownerOf } from "../../src/session-map/row.js";

const SAME: [what: string, one: unknown, other: unknown][] = [
	["another order", '["b", "a"]', '["a","b"]'],
	["an id twice", '["a", "a", "b"]', '["b", "a"]'],
	["a list, and its text", ["f3"], '["f3"]'],
	["spaces in the text", ' [ "f3" ] ', '["f3"]'],
	["an escape in the text", '["\\u0066"]', '["f"]'],
];

for (const [what, one, other] of SAME)
	test(`${what}: the same containers`, () => {
		assert.notEqual(ownerOf(one), undefined);
		assert.equal(ownerOf(one), ownerOf(other));
	});

for (const [one, other] of [
	['["a"]', '["b"]'],
	['["a"]', '["A"]'],
	['["a"]', '["a", "b"]'],
])
	test(`${one} and ${other}: other containers`, () => {
		assert.notEqual(ownerOf(one), ownerOf(other));
	});

for (const ids of [
	null,
	undefined,
	[],
	"[]",
	"",
	"null",
	"gie_1",
	'"gie_1"',
	'["gie_1"',
	'"[\\"gie_1\\"]"',
	'{"0": "gie_1"}',
	"[1]",
	'["gie_1", null]',
	'[""]',
	7,
	"[".repeat(100_000),
])
	test(`${String(JSON.stringify(ids)).slice(0, 30)} names no container`, () => {
		assert.equal(ownerOf(ids), undefined);
	});
