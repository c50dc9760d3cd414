import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestRules } from "../../src/routing/container-request.js";
import { FRONT, STRANGER, sent } from "./out-fields.js";

const TOOLS: Partial<RequestRules> = { mode: "gxit" };

for (const [lines, left] of [
	[["X-Forwarded-Proto: https"], ["X-Forwarded-Proto: https"]],
	[["x-forwarded-proto:  HTTPS "], ["x-forwarded-proto:  HTTPS "]],
	[["X-Forwarded-Proto: https,http"], ["X-Forwarded-Proto: https"]],
	[
		["X-Forwarded-Host: a:8443 , b", "A: 1", "X-Forwarded-Host: c"],
		["X-Forwarded-Host: a:8443", "A: 1"],
	],
	[
		["X-FORWARDED-PROTO:", "B: 1", "X-Forwarded-Proto: ,https"],
		["X-FORWARDED-PROTO: https", "B: 1"],
	],
	[["X-Forwarded-Proto:", "X-Forwarded-Host: ,"], []],
	[["X-Forwarded-Port: 1, 2"], ["X-Forwarded-Port: 1, 2"]],
] as const)
	test(`of ${JSON.stringify(lines)} a tool gets the first value`, () => {
		assert.deepEqual(sent(FRONT, ["Host: a", ...lines], TOOLS), [
			"Host: a",
			...left,
		]);
	});

test("environments get them as the front proxy sent them", () => {
	const lines = ["X-Forwarded-Proto: https, http", "X-Forwarded-Proto: ws"];
	assert.deepEqual(sent(FRONT, lines), lines);
});

test("X-Forwarded-For grows for tools too", () => {
	const lines = ["X-Forwarded-For: 198.51.100.1"];
	assert.deepEqual(sent(FRONT, lines, { ...TOOLS, xForward: true }), [
		"X-Forwarded-For: 198.51.100.1, 127.0.0.1",
	]);
});

const HTTPS = { ...TOOLS, xForward: true, publicScheme: "https" } as const;

test("--public-scheme is the scheme where the front proxy names none", () => {
	for (const lines of [[], ["X-Forwarded-Proto: "]])
		assert.deepEqual(sent(FRONT, lines, HTTPS), [
			"X-Forwarded-For: 127.0.0.1",
			"X-Forwarded-Proto: https",
		]);
	assert.deepEqual(sent(FRONT, ["X-Forwarded-Proto: http"], HTTPS), [
		"X-Forwarded-Proto: http",
		"X-Forwarded-For: 127.0.0.1",
	]);
});

test("--public-scheme is the scheme for clients that are no trusted front proxy", () => {
	const claims = ["Host: a", "X-Forwarded-Proto: http"];
	assert.deepEqual(sent(STRANGER, claims, HTTPS), [
		"Host: a",
		"X-Forwarded-For: 192.0.2.7",
		"X-Forwarded-Host: a",
		"X-Forwarded-Proto: https",
	]);
});
