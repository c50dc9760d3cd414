import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkedBody } from "../../src/http1/body.js";
import { Refusal } from "../../src/http1/refusal.js";

function take(body: ChunkedBody, text: string): void {
	body.take(Buffer.from(text, "latin1"), 0, text.length);
}

function isRefused(pieces: readonly string[]): boolean {
	const body = new ChunkedBody(() => false);
	try {
		for (const piece of pieces) take(body, piece);
		return false;
	} catch (error) {
		assert.ok(error instanceof Refusal);
		assert.match(error.code, /malformed|largeHead/);
		return true;
	}
}

/** One for each rule; test/security has the forms that attackers use. */
for (const text of [
	"\r\n",
	"g\r\n",
	"1 \r\n",
	"5\n",
	"5\r5\r\n",
	"5;a=\r\n",
	'5;a="b"c\r\n',
	"5;a\0\r\n",
	"5\r\nhelloX\r\n",
	"5\r\nhello\n",
	"5\r\nhello\rX",
	"0\r\nX : 1\r\n\r\n",
	"0\r\nX: 1\r\n folded\r\n\r\n",
	"0\r\n\n",
])
	test(`refused at once and byte by byte: ${JSON.stringify(text)}`, () => {
		assert.ok(isRefused([text]));
		assert.ok(isRefused([...text]));
	});

test("a size too large for a number is refused, at every length", () => {
	assert.ok(!isRefused(["fffffffffffff\r\n"]));
	for (let digits = 14; digits < 64; digits++)
		assert.ok(isRefused([`${"f".repeat(digits)}\r\n`]), `${digits} digits`);
});

test("a size line over 256 bytes is refused before its end", () => {
	assert.ok(!isRefused([`5;${"a".repeat(252)}\r\n`]));
	assert.ok(isRefused([`5;${"a".repeat(255)}`]));
	assert.ok(isRefused(["0".repeat(257)]));
});

test("a trailer section over 16 KiB, or of over 100 lines, is refused", () => {
	assert.ok(isRefused(["0\r\nX: ", "a".repeat(16 * 1024)]));
	assert.ok(isRefused([`0\r\n${"X: 1\r\n".repeat(101)}\r\n`]));
	assert.ok(!isRefused([`0\r\n${"X: 1\r\n".repeat(100)}\r\n`]));
});

/** The part of a trailer section that passes. */
function tailOf(...lines: string[]): string[] {
	const body = new ChunkedBody(() => false);
	const text = ["0", ...lines, "", ""].join("\r\n");
	body.take(Buffer.from(text, "latin1"), 0, text.length);
	assert.ok(body.isDone);
	assert.ok(body.tail.endsWith("\r\n"));
	return body.tail.split("\r\n").slice(0, -2);
}

test("fields without a meaning for HTTP pass as sent", () => {
	const lines = [
		"X-Checksum: 1",
		"server-timing:\tdb",
		"Grpc-Status: 0",
		"ETag: \xe9",
	];
	assert.deepEqual(tailOf(...lines), lines);
});

test("fields of framing, routing, authentication and the head are dropped", () => {
	for (const name of `
	Content-Length content-length Content_Length Transfer-Encoding Trailer Host Connection Keep-Alive TE
	Upgrade Proxy-Authorization Cookie Set-Cookie Authorization Content-Type Content-Encoding
	Content-Range Expect Range Origin Location Forwarded X-Real-IP X-Forwarded-For X_Forwarded_For
	X-Forwarded-Anything Access-Control-Allow-Origin
`
		.trim()
		.split(/\s+/))
		assert.deepEqual(
			tailOf("A: 1", `${name}: 1`, "B: 2"),
			["A: 1", "B: 2"],
			name,
		);
});
