import { test } from "node:test";
import { request } from "../support/client.js";
import {
	CHUNKED,
	expectBodyRefused,
	expectPassed,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const HEAD = request("POST /a", CHUNKED);

for (const [name, size] of [
	["0x", "0x5"],
	["sign", "+5"],
	["negative", "-5"],
	["nothing", ""],
	["a letter behind f", "5g"],
	["underscore", "1_0"],
	["space before", " 5"],
	["space behind", "5 "],
	["tab behind", "5\t"],
	["vertical tab", "5\x0b"],
	["list", "5,5"],
	["2 to the 64 and 5", "10000000000000005"],
	["2 to the 56 and 5", "100000000000005"],
	["40 digits", "f".repeat(40)],
] as const)
	test(`a chunk size (RFC 9112 7.1) is refused: ${name}`, (t) =>
		expectBodyRefused(t, HEAD, `${size}\r\nhello\r\n${LAST_CHUNK}${SMUGGLED}`));

for (const [name, body] of [
	["longer than its size", "5\r\nhelloworld\r\n"],
	["no CRLF behind it (CVE-2025-43859)", "5\r\nhelloXX"],
	["shorter than its size", "9\r\nhello\r\n0\r\n\r\n"],
	["no digit in the last", "5\r\nhello\r\n\r\n"],
] as const)
	test(`a chunk is refused: ${name}`, (t) =>
		expectBodyRefused(t, HEAD, body + LAST_CHUNK + SMUGGLED));

for (const [size, content] of [
	["005", "hello"],
	[`${"0".repeat(40)}5`, "hello"],
	["A", "0123456789"],
	["a", "0123456789"],
] as const)
	test(`a chunk of size ${size} passes with its content`, async (t) => {
		await expectPassed(t, `${HEAD}${size}\r\n${content}\r\n00\r\n\r\n`, [
			["/a", content],
		]);
	});
