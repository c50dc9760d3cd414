import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseReader } from "../../src/http1/response-head.js";

const HEAD = Buffer.from(
	`HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(40_000)}Content-Length: 2\r\n\r\n`,
);
/** The number of last bytes that arrive one by one. */
const DRIPPED = 20_000;
/** Far more than needed; scanning the complete head for each byte takes half a minute. */
const ENOUGH_MS = 5_000;

test("a container that drips a large head does not hold up the others", () => {
	const reader = new ResponseReader();
	const begun = performance.now();
	for (let n = HEAD.length - DRIPPED; n < HEAD.length; n++) {
		assert.equal(reader.read(HEAD.subarray(0, n), 0), undefined);
		assert.ok(performance.now() - begun < ENOUGH_MS, `${n} of ${HEAD.length}`);
	}
	assert.throws(() => reader.read(HEAD, 0), { rule: "too many field lines" });
});

test("a head in two parts does not hide the end of the next head", () => {
	const reader = new ResponseReader();
	const long = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${"b".repeat(99)}\r\n\r\n`);
	const short = Buffer.from("HTTP/1.1 204 No\r\n\r\n");
	for (const _ of ["read", "read again"]) {
		assert.equal(reader.read(long.subarray(0, 90), 0), undefined);
		assert.equal(reader.read(long, 0)?.end, long.length);
		assert.equal(reader.read(short, 0)?.end, short.length);
		assert.equal(reader.read(long, 0)?.end, long.length);
	}
});
