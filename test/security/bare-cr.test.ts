import { test } from "node:test";
import { request } from "../support/client.js";
import {
	CHUNKED,
	expectBodyRefused,
	expectRefused,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const LENGTH = `Content-Length: ${SMUGGLED.length}`;

for (const [name, bytes] of [
	["in a value", request("GET /", "X: a\rY: b")],
	["behind a value", request("GET /", "X: a\r")],
	[
		"an empty field that ends in one (CVE-2023-30589)",
		request("POST /", `X:\r${LENGTH}`) + SMUGGLED,
	],
	[
		"a framing field behind one",
		request("POST /", LENGTH, `X: a\r${CHUNKED}`) + LAST_CHUNK + SMUGGLED,
	],
	["in a name", request("GET /", "X\rY: b")],
	["in the target", request("GET /\rX: b")],
	["before the request", `\r${request("GET /")}`],
	["two as the empty line", `${request("GET /").slice(0, -4)}\r\r`],
] as const)
	test(`a bare CR (RFC 9112 2.2) is refused: ${name}`, (t) =>
		expectRefused(t, bytes));

for (const body of [
	"5\rhello\r\n0\r\n\r\n",
	"5\r\rhello\r\n0\r\n\r\n",
	"5;a\rb\r\nhello\r\n0\r\n\r\n",
	"5\r\nhello\r0\r\n\r\n",
	"5\r\nhello\r\n0\r\nX: a\rY: b\r\n\r\n",
	"5\r\nhello\r\n0\r\n\rX",
])
	test(`a bare CR in chunk framing is refused: ${JSON.stringify(body)}`, (t) =>
		expectBodyRefused(t, request("POST /", CHUNKED), body + SMUGGLED));
