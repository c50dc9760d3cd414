import assert from "node:assert/strict";
import { test } from "node:test";
import {
	ChunkedBody,
	LengthBody,
	requestBody,
	UntilCloseBody,
} from "../../src/http1/body.js";

const BYTES = Buffer.from("0123456789");

test("a length takes its bytes and no more, in any split", () => {
	for (let cut = 0; cut <= 4; cut++) {
		const body = new LengthBody(4);
		assert.equal(body.take(BYTES, 2, 2 + cut), 2 + cut);
		assert.equal(body.passed, 2 + cut);
		assert.equal(body.remaining, 4 - cut);
		assert.equal(body.done, cut === 4);
		assert.equal(body.take(BYTES, 2 + cut, 10), 6);
		assert.equal(body.passed, 6);
		assert.ok(body.done);
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
	assert.equal(body.done, false);
});

test("which body a request has", () => {
	assert.equal(requestBody(false, -1), null);
	assert.equal(requestBody(false, 0), null);
	assert.ok(requestBody(false, 1) instanceof LengthBody);
	assert.ok(requestBody(true, -1) instanceof ChunkedBody);
});
