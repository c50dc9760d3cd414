import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadBuffer, SHARED } from "../../src/proxy/read-buffers.js";

/** Lets a read bring this text. */
function bring(buffer: ReadBuffer, text: string): Buffer {
	buffer.next().write(text, "latin1");
	return buffer.read(text.length);
}

test("the same memory is used for the next read", () => {
	const buffer = new ReadBuffer();
	const first = bring(buffer, "one");
	assert.equal(bring(buffer, "two").byteOffset, first.byteOffset);
	assert.equal(first.toString(), "two");
});

test("kept bytes are not overwritten", () => {
	const buffer = new ReadBuffer();
	const first = bring(buffer, "one");
	buffer.keep();
	bring(buffer, "two");
	assert.equal(first.toString(), "one");
});

test("a read that fills the buffer is followed by a larger one, which stays", () => {
	const buffer = new ReadBuffer();
	const small = buffer.next().length;
	buffer.read(small);
	const large = buffer.next().length;
	assert.ok(large > small);
	buffer.read(1);
	assert.equal(buffer.next().length, large);
});

test("the large buffer is given up after a few small reads", () => {
	const buffer = new ReadBuffer();
	const small = buffer.next().length;
	buffer.read(small);
	buffer.next();
	for (let reads = 0; reads < 4; reads++) buffer.read(1);
	assert.equal(buffer.next().length, small);
});

/** One whose next window is as large as they become. */
function grown(): ReadBuffer {
	const buffer = new ReadBuffer();
	for (let reads = 0; reads < 4; reads++) buffer.read(buffer.next().length);
	return buffer;
}

test("the memory of a large read is used again, by any connection, only after its bytes were written", () => {
	const buffer = grown();
	const first = bring(buffer, "one");
	buffer.keep();
	bring(buffer, "two");
	const other = bring(grown(), "three");
	assert.equal(first.toString(), "one");
	assert.notEqual(other.buffer, first.buffer);
	buffer.release();
	assert.equal(bring(grown(), "four").buffer, first.buffer);
});

test("the memory that a connection gives up is used again, unless it is still being written", () => {
	const written = grown();
	const first = bring(written, "one");
	written.free();
	const waiting = grown();
	const second = bring(waiting, "two");
	assert.equal(second.buffer, first.buffer);
	waiting.keep();
	waiting.free();
	assert.notEqual(bring(grown(), "three").buffer, second.buffer);
	assert.equal(second.toString(), "two");
});

test("a tunnel has its own memory only while it is busy", () => {
	const buffer = new ReadBuffer();
	buffer.becomeTunnel();
	assert.equal(buffer.next(), SHARED);
	buffer.read(SHARED.length);
	const own = buffer.next();
	assert.notEqual(own.buffer, SHARED.buffer);
	for (let reads = 0; reads < 40; reads++) {
		buffer.next();
		buffer.read(1);
	}
	assert.equal(buffer.next(), SHARED);
});

for (const isWaiting of [false, true])
	test(`memory that a tunnel ${isWaiting ? "still has to write is not used" : "no longer needs is used"} by the next connection`, () => {
		const [tunnel, other] = [new ReadBuffer(), new ReadBuffer()];
		const answer = bring(tunnel, "answer");
		tunnel.becomeTunnel();
		if (isWaiting) tunnel.keep();
		tunnel.next();
		assert.equal(bring(other, "other").buffer === answer.buffer, !isWaiting);
	});

test("bytes that tunnels read in turn into the shared buffer stay apart", () => {
	const [one, other] = [new ReadBuffer(), new ReadBuffer()];
	for (const buffer of [one, other]) buffer.becomeTunnel();
	const first = bring(one, "first");
	bring(other, "later");
	assert.equal(first.toString(), "first");
});

test("a tunnel that was busy gives up its memory, except what its messages need", () => {
	const buffer = new ReadBuffer();
	buffer.becomeTunnel();
	buffer.read(300_000);
	for (let reads = 0; reads < 50; reads++) {
		buffer.next();
		buffer.read(2_000);
	}
	const { length } = buffer.next();
	assert.ok(length > 2_000 && length <= 8_192, `${length} bytes`);
});

test("a head is put right before the bytes read, in the same memory", () => {
	const buffer = new ReadBuffer();
	const window = bring(buffer, "head|content|rest");
	const both = buffer.prefixed(Buffer.from("HEAD\xe9", "latin1"), 5, 12);
	assert.equal(both?.toString("latin1"), "HEAD\xe9content");
	assert.equal(both?.buffer, window.buffer);
});

test("a longer head with less content is right, even if both have the same total length as before", () => {
	const buffer = new ReadBuffer();
	bring(buffer, "head|content");
	const first = buffer.prefixed(Buffer.from("HEAD:"), 5, 12)?.toString();
	bring(buffer, "head|conten+");
	const second = buffer.prefixed(Buffer.from("LONGER"), 5, 11)?.toString();
	assert.deepEqual([first, second], ["HEAD:content", "LONGERconten"]);
});

test("a head may grow by as much as there is room, and not by more", () => {
	const buffer = new ReadBuffer();
	bring(buffer, "content");
	const text = "x".repeat(1024);
	const fits = buffer.prefixed(Buffer.from(text), 0, 7);
	assert.equal(fits?.toString(), `${text}content`);
	assert.equal(buffer.prefixed(Buffer.from(`${text}x`), 0, 7), undefined);
	assert.equal(bring(buffer, "content").toString(), "content");
});

test("memory kept for an exchange that is over is never used again", () => {
	const buffer = grown();
	const first = bring(buffer, "one");
	buffer.keep();
	bring(buffer, "two");
	buffer.forget();
	buffer.release();
	buffer.keep();
	bring(buffer, "three");
	bring(grown(), "four");
	assert.equal(first.toString(), "one");
});

test("nor if it is still current when the next exchange keeps its bytes", () => {
	const buffer = grown();
	const first = bring(buffer, "one");
	buffer.keep();
	buffer.forget();
	buffer.keep();
	bring(buffer, "two");
	buffer.release();
	buffer.keep();
	bring(buffer, "three");
	bring(grown(), "four");
	assert.equal(first.toString(), "one");
});
