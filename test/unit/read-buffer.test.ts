import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadBuffer } from "../../src/proxy/read-buffer.js";

/** Lets a read bring this text. */
function bring(buffer: ReadBuffer, text: string): Buffer {
	buffer.next().write(text, "latin1");
	return buffer.read(text.length);
}

test("the same memory is read into again", () => {
	const buffer = new ReadBuffer();
	const first = bring(buffer, "one");
	assert.equal(bring(buffer, "two").byteOffset, first.byteOffset);
	assert.equal(first.toString(), "two");
});

test("what is kept is not read over", () => {
	const buffer = new ReadBuffer();
	const first = bring(buffer, "one");
	buffer.keep();
	bring(buffer, "two");
	assert.equal(first.toString(), "one");
});

test("a read that fills it makes way for a larger one, which stays", () => {
	const buffer = new ReadBuffer();
	const small = buffer.next().length;
	buffer.read(small);
	const large = buffer.next().length;
	assert.ok(large > small);
	buffer.read(1);
	assert.equal(buffer.next().length, large);
});

test("text goes right in front of what was read, in the same memory", () => {
	const buffer = new ReadBuffer();
	const window = bring(buffer, "head|content");
	const content = window.subarray(5);
	const both = buffer.prefixed("HEAD\xe9", content);
	assert.equal(both?.toString("latin1"), "HEAD\xe9content");
	assert.equal(both?.buffer, window.buffer);
});

test("a head may grow by a kilobyte, and not by more than there is room", () => {
	const buffer = new ReadBuffer();
	const window = bring(buffer, "content");
	const text = "x".repeat(1024);
	assert.equal(buffer.prefixed(text, window)?.toString(), `${text}content`);
	assert.equal(buffer.prefixed(`${text}x`, window), null);
	assert.equal(bring(buffer, "content").toString(), "content");
});
