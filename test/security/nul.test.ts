import { test } from "node:test";
import { head, request } from "../support/client.js";
import { CHUNKED, expectBodyRefused, expectRefused } from "./attack.js";

for (const [name, bytes] of [
	["a value", request("GET /", "X: a\0b")],
	["a name", request("GET /", "X\0: a")],
	["the method", request("G\0ET /")],
	["the target", request("GET /\0")],
	["the version", request("GET /").replace("1.1", "1.1\0")],
	["Host", request("GET /").replace("galaxy.example", "galaxy\0.example")],
	[
		"a cookie's value",
		head("GET / HTTP/1.1", "Host: a", "Cookie: galaxysession=abc\0"),
	],
	["the byte before a request", `\0${request("GET /")}`],
	["the other control bytes", request("GET /", "X: \x1b[0m")],
	["DEL", request("GET /", "X: a\x7f")],
] as const)
	test(`a NUL or control byte (RFC 9110 5.5) is refused: ${name}`, (t) =>
		expectRefused(t, bytes));

for (const body of [
	"5\0\r\nhello\r\n",
	"5;a=\0\r\nhello\r\n",
	"0\r\nX: \0\r\n",
])
	test(`a NUL in chunk framing is refused: ${JSON.stringify(body)}`, (t) =>
		expectBodyRefused(t, request("POST /", CHUNKED), body));
