import assert from "node:assert/strict";
import { test } from "node:test";

import type { FaultCode } from "../../src/faults.js";
import { Refusal } from "../../src/http1/refusal.js";

import { checkPartialHead } from "../../src/http1/request-head.js";

function refusal(text: string, from = 0): FaultCode | null {
	try {
		checkPartialHead(Buffer.from(text, "latin1"), from);
		return null;
	} catch (error) {
		assert.ok(error instanceof Refusal);
		return error.code;
	}
}

test("the beginning of a good head is not refused", () => {
	const whole = "GET /caf\xe9 HTTP/1.1\r\nHost: a\r\nX:\tb\r\n";
	for (let length = 0; length <= whole.length; length++)
		assert.equal(refusal(whole.slice(0, length)), null, `${length} bytes`);
});

test("a head that can never become valid is refused before its end", () => {
	for (const text of [
		"GET /\0",
		"GET /\x7f",
		"GET / HTTP/1.1\n",
		"GET / HTTP/1.1\r\nHost: a\rb",
		"GET / HTTP/1.1\r\nHost: a\n",
		"\x16\x03\x01\x02\x00\x01",
	])
		assert.equal(refusal(text), "malformed", JSON.stringify(text));
});

test("checked bytes are not checked again", () => {
	const text = "GET /\0 HTTP/1.1\r\n";
	assert.equal(refusal(text, 6), null);
	assert.equal(refusal(text, 5), "malformed");
});

test("a line over 16 KiB and a head over 64 KiB are refused before their end", () => {
	assert.equal(refusal("a".repeat(16 * 1024)), null);
	assert.equal(refusal("a".repeat(16 * 1024 + 1)), "longLine");
	const line = "GET / HTTP/1.1\r\n";
	assert.equal(refusal(line + "a".repeat(64 * 1024 - line.length)), null);
	assert.equal(refusal(line + "a".repeat(64 * 1024)), "largeHead");
});
