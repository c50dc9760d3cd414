import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadBuffer } from "../../src/proxy/read-buffer.js";

/** Lets a read bring this text. */
function bring(buffer: ReadBuffer, text: string): Buffer {
	buffer.next().write(text, "latin1");
	return buffer.read(text.length);
}

test("the same memory is read into again", () => {
	const buffer = new ReadBuffer(1024);
	const first = bring(buffer, "one");
	assert.equal(bring(buffer, "two").byteOffset, first.byteOffset);
	assert.equal(first.toString(), "two");
});

test("what is kept is not read over", () => {
	const buffer = new ReadBuffer(1024);
	const first = bring(buffer, "one");
	buffer.keep();
	bring(buffer, "two");
	assert.equal(first.toString(), "one");
});

test("a read that fills it makes way for a larger one, which stays", () => {
	const buffer = new ReadBuffer(1024);
	const small = buffer.next().length;
	buffer.read(small);
	const large = buffer.next().length;
	assert.ok(large > small);
	buffer.read(1);
	assert.equal(buffer.next().length, large);
});

test("the large one goes when reads have been small for a while", () => {
	const buffer = new ReadBuffer(1024);
	const small = buffer.next().length;
	buffer.read(small);
	buffer.next();
	for (let reads = 0; reads < 4; reads++) buffer.read(1);
	assert.equal(buffer.next().length, small);
});

test("what was kept is used again once it is written out, not before", () => {
	const buffer = new ReadBuffer(1024);
	const first = bring(buffer, "one");
	buffer.keep();
	const second = bring(buffer, "two");
	buffer.release();
	assert.equal(first.toString(), "one");
	buffer.keep();
	const third = bring(buffer, "three");
	assert.equal(third.buffer, first.buffer);
	assert.equal(second.toString(), "two");
});

test("a head goes right in front of what was read, in the same memory", () => {
	const buffer = new ReadBuffer(1024);
	const window = bring(buffer, "head|content|rest");
	const both = buffer.prefixed(Buffer.from("HEAD\xe9", "latin1"), 5, 12);
	assert.equal(both?.toString("latin1"), "HEAD\xe9content");
	assert.equal(both?.buffer, window.buffer);
});

test("a head may grow by as much as there is room, and not by more", () => {
	const buffer = new ReadBuffer(1024);
	bring(buffer, "content");
	const text = "x".repeat(1024);
	const fits = buffer.prefixed(Buffer.from(text), 0, 7);
	assert.equal(fits?.toString(), `${text}content`);
	assert.equal(buffer.prefixed(Buffer.from(`${text}x`), 0, 7), null);
	assert.equal(bring(buffer, "content").toString(), "content");
});

test("what was kept for an exchange that is over is never used again", () => {
	const buffer = new ReadBuffer(1024);
	const first = bring(buffer, "one");
	buffer.keep();
	bring(buffer, "two");
	buffer.forget();
	buffer.release();
	buffer.keep();
	bring(buffer, "three");
	assert.equal(first.toString(), "one");
});

test("nor where it is still the current one when the next exchange keeps what it reads", () => {
	const buffer = new ReadBuffer(1024);
	const first = bring(buffer, "one");
	buffer.keep();
	buffer.forget();
	buffer.keep();
	bring(buffer, "two");
	buffer.release();
	buffer.keep();
	bring(buffer, "three");
	assert.equal(first.toString(), "one");
});
