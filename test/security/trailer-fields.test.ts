import assert from "node:assert/strict";
import { test } from "node:test";
import { head, request, values } from "../support/client.js";
import {
	CHUNKED,
	expectBodyRefused,
	expectPassed,
	SMUGGLED,
} from "./attack.js";

const FORBIDDEN = [
	`Content-Length: ${SMUGGLED.length}`,
	CHUNKED,
	"Host: evil.example",
	"Cookie: galaxysession=other",
	"Authorization: Basic eDp5",
	"X-Forwarded-For: 6.6.6.6",
	"X_Forwarded_For: 6.6.6.6",
	"X-Real-IP: 6.6.6.6",
	"Connection: close",
	"Upgrade: websocket",
	"Proxy-Authorization: Basic eDp5",
	"Content-Type: text/html",
	"Trailer: Host",
];

for (const line of FORBIDDEN)
	test(`a trailer section (RFC 9110 6.5.1) does not carry ${line.split(":")[0]}`, async (t) => {
		const body = `5\r\nhello\r\n${head("0", "X-Sum: 7", line)}`;
		const [first] = await expectPassed(t, request("POST /a", CHUNKED) + body, [
			["/a", "hello"],
		]);
		assert.deepEqual(first?.trailers, [["X-Sum", "7"]]);
	});

for (const lines of ["X", "X : a", "X: a\r\n b", ": a", "X\xe9: a", "X Y: a"])
	test(`a malformed trailer line is refused: ${JSON.stringify(lines)}`, (t) =>
		expectBodyRefused(
			t,
			request("POST /", CHUNKED),
			`5\r\nhello\r\n${head("0", lines)}${SMUGGLED}`,
		));

test("a Trailer field without trailers (http-party/node-http-proxy#1647) passes and does no harm", async (t) => {
	const [first] = await expectPassed(t, request("GET /a", "Trailer: X-Sum"), [
		["/a", ""],
	]);
	assert.deepEqual(values(first?.headers ?? [], "Trailer"), ["X-Sum"]);
});
