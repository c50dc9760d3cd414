import { test } from "node:test";
import { expectRefused, SMUGGLED } from "./attack.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = "\0\0\0\x04\0\0\0\0\0";

for (const [name, rest] of [
	["alone", ""],
	["with a SETTINGS frame", SETTINGS],
	["with a request behind it", SMUGGLED],
] as const)
	test(`the HTTP/2 preface (RFC 9113 3.4) is answered 505: ${name}`, (t) =>
		expectRefused(t, PREFACE + rest, 505));
