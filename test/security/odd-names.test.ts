import { test } from "node:test";
import { COOKIE, head, request } from "../support/client.js";
import { expectRefused } from "./attack.js";

for (const [name, line] of [
	["none (CVE-2023-25725)", ": a"],
	["no colon", "X"],
	["a space before the colon (CVE-2021-22959)", "X : a"],
	["a tab before the colon", "X\t: a"],
	["a space inside", "X Y: a"],
	["a byte over 127", "X\xe9: a"],
	["UTF-8", "X\xc3\xa9: a"],
	["a parenthesis", "X(Y): a"],
	["a slash", "X/Y: a"],
	["an at sign", "X@Y: a"],
	["a quote", '"X": a'],
	["a bracket", "X[0]: a"],
] as const)
	test(`a field name that is not a token (RFC 9110 5.1) is refused: ${name}`, async (t) => {
		await expectRefused(t, request("GET /", line));
		await expectRefused(t, head("GET / HTTP/1.1", line, "Host: a", COOKIE));
	});

for (const [name, bytes] of [
	["a method with a colon", request("GET: /")],
	["a method with a byte over 127", request("G\xe9T /")],
	["a space before the method", ` ${request("GET /")}`],
	["two spaces", request("GET  /")],
	["tabs", request("GET /").replace("GET /", "GET\t/")],
	["a space behind the version", request("GET /").replace("1.1", "1.1 ")],
	["a version of two digits", request("GET /").replace("1.1", "1.10")],
	["a version in lower case", request("GET /").replace("HTTP", "http")],
	["a space in the target", request("GET /a b")],
	["a version in the target", request("GET / HTTP/1.1 x")],
	["TLS on the plain port", "\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03"],
] as const)
	test(`a request line (RFC 9112 3) is refused: ${name}`, (t) =>
		expectRefused(t, bytes));
