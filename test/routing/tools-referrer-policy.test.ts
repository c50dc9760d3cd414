import assert from "node:assert/strict";
import { test } from "node:test";
import { answered } from "./tools-response.js";

const referrerPolicy = "same-origin";
const ADDED = ["Referrer-Policy: same-origin"];

test("by domain an answer without Referrer-Policy gets one", () => {
	assert.deepEqual(answered("host", [], { referrerPolicy }), ADDED);
	const empty = "Referrer-Policy:";
	const both = [empty, ...ADDED];
	assert.deepEqual(answered("host", [empty], { referrerPolicy }), both);
});

test("a tool's own Referrer-Policy passes as sent", () => {
	const lines = ["referrer-policy:  unsafe-url"];
	assert.deepEqual(answered("host", lines, { referrerPolicy }), lines);
});

test("by path, and in answers that change no document, nothing is added", () => {
	assert.deepEqual(answered("path", [], { referrerPolicy }), []);
	for (const status of [101, 103, 304])
		assert.deepEqual(answered("host", [], { referrerPolicy, status }), []);
});

test("--referrer-policy names another, or none", () => {
	const rules = { referrerPolicy: "no-referrer" };
	const other = ["Referrer-Policy: no-referrer"];
	assert.deepEqual(answered("host", [], rules), other);
	assert.deepEqual(answered("host", [], { referrerPolicy: "" }), []);
});
