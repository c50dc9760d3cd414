import assert from "node:assert/strict";
import { test } from "node:test";
import {
	ChunkedBody,
	createBody,
	LengthBody,
	UntilCloseBody,
} from "../../src/http1/body.js";

const BYTES = Buffer.from("0123456789");

test("a length takes its bytes and no more, in any split", () => {
	for (let cut = 0; cut <= 4; cut++) {
		const body = new LengthBody(4);
		assert.equal(body.take(BYTES, 2, 2 + cut), 2 + cut);
		assert.equal(body.passed, 2 + cut);
		assert.equal(body.remaining, 4 - cut);
		assert.equal(body.isDone, cut === 4);
		assert.equal(body.take(BYTES, 2 + cut, 10), 6);
		assert.equal(body.passed, 6);
		assert.ok(body.isDone);
	}
});

test("a body until close takes all and is never done by itself", () => {
	const body = new UntilCloseBody();
	const seen: number[][] = [];
	assert.equal(
		body.take(BYTES, 3, 10, (...range) => seen.push(range)),
		10,
	);
	assert.deepEqual(seen, [[3, 10]]);
	assert.equal(body.passed, 10);
	assert.equal(body.isDone, false);
});

test("which body a request has", () => {
	assert.equal(
		createBody(false, -1, () => false),
		undefined,
	);
	assert.equal(
		createBody(false, 0, () => false),
		undefined,
	);
	assert.ok(createBody(false, 1, () => false) instanceof LengthBody);
	assert.ok(createBody(true, -1, () => false) instanceof ChunkedBody);
});
