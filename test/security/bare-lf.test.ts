import { test } from "node:test";
import { COOKIE, request } from "../support/client.js";
import {
	CHUNKED,
	expectBodyRefused,
	expectRefused,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const LENGTH = `Content-Length: ${SMUGGLED.length}`;

for (const [name, bytes] of [
	["in a value (CVE-2022-32214)", request("GET /", "X: a\nY: b")],
	["at all ends", `GET / HTTP/1.1\nHost: a\n${COOKIE}\n\n`],
	["behind the request line", request("GET /").replace("\r", "")],
	["behind the last field", request("GET /", "X: a\n").slice(0, -2)],
	["as the empty line", `${request("GET /").slice(0, -2)}\n`],
	["LF CR", request("GET /", "X: a\n\rY: b")],
	[
		"a framing field behind one",
		request("POST /", LENGTH, `X: a\n${CHUNKED}`) + LAST_CHUNK + SMUGGLED,
	],
	["in the target", request("GET /\nX: b")],
	["before the request", `\n${request("GET /")}`],
] as const)
	test(`a bare LF (RFC 9112 2.2) is refused: ${name}`, (t) =>
		expectRefused(t, bytes));

for (const body of [
	"5\nhello\r\n0\r\n\r\n",
	"5;a\nhello\r\n0\r\n\r\n",
	"5\r\nhello\n0\r\n\r\n",
	"5\r\nhello\r\n0\n\r\n",
	"5\r\nhello\r\n0\r\n\n",
	"5\r\nhello\r\n0\r\nX: a\nY: b\r\n\r\n",
])
	test(`a bare LF in chunk framing (CVE-2025-22871) is refused: ${JSON.stringify(body)}`, (t) =>
		expectBodyRefused(t, request("POST /", CHUNKED), body + SMUGGLED));
