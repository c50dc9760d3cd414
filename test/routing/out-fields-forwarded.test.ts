import assert from "node:assert/strict";
import { test } from "node:test";
import { FRONT, STRANGER, sent } from "./out-fields.js";

const ADDING = { xForward: true };
const CLAIMS = [
	"X-Forwarded-For: 198.51.100.1",
	"X-Forwarded-Proto: https",
	"X-Forwarded-Host: galaxy.org",
	"X-Forwarded-Port: 443",
	"Forwarded: for=198.51.100.1",
	"X-Real-IP: 198.51.100.1",
];
const OWN = [
	"X-Forwarded-For: 192.0.2.7",
	"X-Forwarded-Host: a:8800",
	"X-Forwarded-Proto: http",
];

test("from a trusted peer X-Forwarded-For grows, the others pass", () => {
	assert.deepEqual(sent(FRONT, ["Host: a", ...CLAIMS], ADDING), [
		"Host: a",
		...CLAIMS.slice(1),
		"X-Forwarded-For: 198.51.100.1, 127.0.0.1",
	]);
});

test("several lines of X-Forwarded-For are one list", () => {
	assert.deepEqual(
		sent(
			FRONT,
			["X-Forwarded-For: 1.1.1.1, 2.2.2.2", "X-Forwarded-For: 3.3.3.3"],
			ADDING,
		),
		["X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"],
	);
});

test("what a trusted peer did not say stays absent", () => {
	assert.deepEqual(sent(FRONT, ["Host: a"], ADDING), [
		"Host: a",
		"X-Forwarded-For: 127.0.0.1",
	]);
});

test("from any other peer all are set anew", () => {
	assert.deepEqual(sent(STRANGER, ["Host: a:8800", ...CLAIMS], ADDING), [
		"Host: a:8800",
		...OWN,
	]);
});

test("a client cannot strip what is added by naming it in Connection", () => {
	const nominated =
		"Connection: x-forwarded-for, x-forwarded-proto, x-forwarded-host";
	assert.deepEqual(
		sent(STRANGER, ["Host: a:8800", nominated, ...CLAIMS], ADDING),
		["Host: a:8800", ...OWN],
	);
	assert.deepEqual(
		sent(FRONT, [nominated, "X-Forwarded-For: 1.1.1.1"], ADDING),
		["X-Forwarded-For: 127.0.0.1"],
	);
});

test("--no-x-forward adds nothing, and believes strangers no more than before", () => {
	assert.deepEqual(sent(STRANGER, ["Host: a", ...CLAIMS]), ["Host: a"]);
	assert.deepEqual(sent(FRONT, CLAIMS), CLAIMS);
});
