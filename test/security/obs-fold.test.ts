import { test } from "node:test";
import { COOKIE, head, request } from "../support/client.js";
import { expectRefused, LAST_CHUNK, SMUGGLED } from "./attack.js";

for (const [name, bytes] of [
	["a space", request("GET /", "X: a", " b")],
	["a tab", request("GET /", "X: a", "\tb")],
	["white space alone", request("GET /", "X: a", " ")],
	[
		"Transfer-Encoding (CVE-2022-32215)",
		request("POST /", "Transfer-Encoding:", " chunked") + LAST_CHUNK,
	],
	[
		"Transfer-Encoding behind chunked",
		request("POST /", "Transfer-Encoding: chunked", " , identity") + LAST_CHUNK,
	],
	[
		"Content-Length",
		request("POST /", "Content-Length:", ` ${SMUGGLED.length}`) + SMUGGLED,
	],
	["Host", head("GET / HTTP/1.1", "Host: a", " .evil.example", COOKIE)],
	[
		"a cookie that belongs to another field",
		head("GET / HTTP/1.1", "Host: a", "X: a", ` ${COOKIE}`),
	],
	["the request line", head("GET / HTTP/1.1", " X: a", "Host: a", COOKIE)],
] as const)
	test(`obs-fold (RFC 9112 5.2) is refused: ${name}`, (t) =>
		expectRefused(t, bytes));
