import assert from "node:assert/strict";
import { test } from "node:test";
import {
	ChunkedBody,
	createBody,
	LengthBody,
	UntilCloseBody,
} from "../../src/http1/body.js";

const BODIES = {
	plain: "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
	empty: "0\r\n\r\n",
	extensions:
		'5;a;b=c ; d = "x\\"y;"\r\nhello\r\n1;q="\xe9"\r\n!\r\n0;last\r\n\r\n',
	zeros: "0005\r\nhello\r\n00000000000000000001\r\n!\r\n000\r\n\r\n",
	hexadecimal: `A\r\n0123456789\r\n0a\r\n0123456789\r\n0\r\n\r\n`,
	trailers: "5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-b:2\r\n\r\n",
	"line ends in content": "4\r\n\r\n\r\n\r\n0\r\n\r\n",
};
const BEHIND = "GET / HTTP/1.1\r\n";

interface Taken {
	/** The bytes that pass, tails included. */
	passed: string;
	content: string;
	/** Bytes taken. */
	count: number;
}

/** Hands the text to a body in pieces that end at the cuts, as a connection would. */
function take(
	text: string,
	cuts: readonly number[],
	isResponse = false,
): Taken {
	const body = new ChunkedBody(() => false, isResponse);
	const bytes = Buffer.from(text, "latin1");
	const taken: Taken = { passed: "", content: "", count: 0 };
	let from = 0;
	for (const to of [...cuts, bytes.length]) {
		while (from < to && !body.isDone) {
			const end = body.take(bytes, from, to, (start, stop) => {
				taken.content += bytes.toString("latin1", start, stop);
			});
			taken.passed += bytes.toString("latin1", from, body.passed) + body.tail;
			taken.count = end;
			if (!body.isDone && body.tail === "")
				assert.equal(end, to, "an open body takes all");
			from = end;
		}
	}
	assert.ok(body.isDone);
	return taken;
}

/** As containers write them, and in our own form. */
const ODD = {
	"LF alone": [
		"5\nhello\n1\r\n!\n0\nX-Sum: 1\n\n",
		"5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n",
	],
	"white space around sizes": [
		"  5\t\r\nhello\r\n1 ; a=b\r\n!\r\n1;c\r\n?\r\n0   \r\n\r\n",
		"5\r\nhello\r\n1\r\n!\r\n1;c\r\n?\r\n0\r\n\r\n",
	],
	"a folded trailer": [
		"1\r\n!\r\n0\r\nX: a\r\n\t\r\n b\n\r\n",
		"1\r\n!\r\n0\r\nX: a b\r\n\r\n",
	],
} as const;

for (const [name, [sent, passed]] of Object.entries(ODD))
	test(`a response with ${name}: our own form, in every split into three`, () => {
		for (let a = 0; a <= sent.length; a++)
			for (let b = a; b <= sent.length; b++) {
				const taken = take(sent + BEHIND, [a, b], true);
				assert.equal(taken.passed, passed, `${a} ${b}`);
				assert.equal(taken.count, sent.length);
			}
	});

for (const [name, text] of Object.entries(BODIES)) {
	const whole = take(text + BEHIND, []);

	test(`${name}: passes as sent, and ends at its last byte`, () => {
		assert.equal(whole.passed, text);
		assert.equal(whole.count, text.length);
	});

	test(`${name}: byte by byte`, () => {
		const cuts = Array.from({ length: text.length }, (_, i) => i + 1);
		assert.deepEqual(take(text + BEHIND, cuts), whole);
	});

	test(`${name}: in every split into three`, () => {
		for (let a = 0; a <= text.length; a++)
			for (let b = a; b <= text.length; b++)
				assert.deepEqual(take(text + BEHIND, [a, b]), whole, `${a} ${b}`);
	});
}

test("content comes without its framing", () => {
	assert.equal(take(BODIES.extensions, []).content, "hello!");
	assert.equal(take(BODIES["line ends in content"], []).content, "\r\n\r\n");
});

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

test("a body until close takes everything and never ends on its own", () => {
	const body = new UntilCloseBody();
	const ranges: number[][] = [];
	assert.equal(
		body.take(BYTES, 3, 10, (...range) => ranges.push(range)),
		10,
	);
	assert.deepEqual(ranges, [[3, 10]]);
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
