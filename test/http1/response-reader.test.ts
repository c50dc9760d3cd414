import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../../src/http1/refusal.js";
import { ResponseReader } from "../../src/http1/response-head.js";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

function bytes(text: string): Buffer {
	return Buffer.from(text, "latin1");
}

test("a head is read where it begins, up to its end", () => {
	const read = new ResponseReader().read(bytes(`xx${HEAD}ok`), 2);
	assert.equal(read?.end, 2 + HEAD.length);
	assert.equal(read?.head.length, 2);
});

test("a repeated head is the same object, at any position", () => {
	const reader = new ResponseReader();
	const first = reader.read(bytes(`${HEAD}ok`), 0);
	const again = reader.read(bytes(`${HEAD}ok${HEAD}`), HEAD.length + 2);
	assert.equal(again?.head, first?.head);
	assert.equal(again?.end, 2 * HEAD.length + 2);
});

test("a head that differs in one byte is parsed again", () => {
	const reader = new ResponseReader();
	const first = reader.read(bytes(HEAD), 0);
	const other = reader.read(bytes(HEAD.replace(": 2", ": 3")), 0);
	assert.notEqual(other?.head, first?.head);
	assert.equal(other?.head.length, 3);
});

test("a remembered head does not change with the buffer that it was read from", () => {
	const reader = new ResponseReader();
	const buffer = bytes(HEAD);
	reader.read(buffer, 0);
	bytes(HEAD.replace(": 2", ": 7")).copy(buffer);
	assert.equal(reader.read(buffer, 0)?.head.length, 7);
});

test("after forget, nothing is remembered", () => {
	const reader = new ResponseReader();
	const first = reader.read(bytes(HEAD), 0);
	reader.forget();
	assert.notEqual(reader.read(bytes(HEAD), 0)?.head, first?.head);
});

test("an incomplete head is waited for, at every length", () => {
	for (let length = 0; length < HEAD.length; length++)
		assert.equal(
			new ResponseReader().read(bytes(HEAD.slice(0, length)), 0),
			undefined,
		);
});

test("a head of LF lines is read in every split, with empty lines before it", () => {
	const text = "\n\r\nHTTP/1.1 200 OK\nX: a\n b\r\nContent-Length: 2\n\n";
	for (let length = 0; length < text.length; length++) {
		const reader = new ResponseReader();
		assert.equal(reader.read(bytes(text.slice(0, length)), 0), undefined);
		const read = reader.read(bytes(`${text}\r\n\r\n`), 0);
		assert.equal(read?.end, text.length);
		assert.deepEqual(
			read?.head.fields.map(({ line }) => line),
			["X: a b", "Content-Length: 2"],
		);
	}
});

test("a head over 10,000 folded lines is read at once, over 10,000 fields refused", () => {
	const folded = `HTTP/1.1 200 OK\nX: a\n${" b\n".repeat(80_000)}\n`;
	const read = new ResponseReader().read(bytes(folded), 0);
	assert.equal(read?.head.fields[0]?.value.length, 160_001);
	refused(`HTTP/1.1 200 OK\n${"X: a\n".repeat(10_001)}\n`);
});

function refused(text: string): void {
	assert.throws(() => new ResponseReader().read(bytes(text), 0), Refusal);
}

test("bytes that can never become a head are refused before their end", () => {
	for (const text of [
		"S",
		"HTTP/2",
		"HTTP/1.1 200 OK\r\nX: \0",
		"HTTP/1.1 200 OK\rX",
		"\r\r",
		"\n\n\n\n\n",
	])
		refused(text);
});

test("a head over 256 KiB is refused, complete or not", () => {
	const large = `HTTP/1.1 200 OK\r\nX: ${"a".repeat(256 * 1024)}`;
	refused(large);
	refused(`${large}\r\n\r\n`);
});
