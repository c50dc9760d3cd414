import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkedBody } from "../../src/http1/body.js";

/** What goes on of a trailer section. */
function tailOf(...lines: string[]): string[] {
	const body = new ChunkedBody(() => false);
	const text = ["0", ...lines, "", ""].join("\r\n");
	body.take(Buffer.from(text, "latin1"), 0, text.length);
	assert.ok(body.isDone);
	assert.ok(body.tail.endsWith("\r\n"));
	return body.tail.split("\r\n").slice(0, -2);
}

test("what is nobody's business passes as sent", () => {
	const lines = [
		"X-Checksum: 1",
		"server-timing:\tdb",
		"Grpc-Status: 0",
		"ETag: \xe9",
	];
	assert.deepEqual(tailOf(...lines), lines);
});

test("what decides framing, routing, rights or a head's own matters is dropped", () => {
	for (const name of [
		"Content-Length",
		"content-length",
		"Content_Length",
		"Transfer-Encoding",
		"Trailer",
		"Host",
		"Connection",
		"Keep-Alive",
		"TE",
		"Upgrade",
		"Proxy-Authorization",
		"Cookie",
		"Set-Cookie",
		"Authorization",
		"Content-Type",
		"Content-Encoding",
		"Content-Range",
		"Expect",
		"Range",
		"Origin",
		"Location",
		"Forwarded",
		"X-Real-IP",
		"X-Forwarded-For",
		"X_Forwarded_For",
		"X-Forwarded-Anything",
		"Access-Control-Allow-Origin",
	])
		assert.deepEqual(
			tailOf("A: 1", `${name}: 1`, "B: 2"),
			["A: 1", "B: 2"],
			name,
		);
});
