import { test } from "node:test";
import { COOKIE, head } from "../support/client.js";
import { expectRefused } from "./attack.js";

for (const [name, ...lines] of [
	["none"],
	["two", "Host: a", "Host: b"],
	["two that agree", "Host: a", "Host: a"],
	["two, one in capitals", "Host: a", "HOST: b"],
	["a list", "Host: a, b"],
	["a user", "Host: user@evil.example"],
	["a path", "Host: a/b"],
	["a query", "Host: a?b"],
	["a fragment", "Host: a#b"],
	["a space", "Host: a b"],
	["two ports", "Host: a:80:81"],
	["a port that is no number", "Host: a:b"],
	["a port of six digits", "Host: a:123456"],
	["an address that is none", "Host: [::1"],
	["a byte over 127", "Host: \xe9"],
	["markup", "Host: a<b>"],
	["a backslash", "Host: a\\b"],
] as const)
	test(`Host (RFC 9112 3.2) is refused: ${name}`, (t) =>
		expectRefused(t, head("GET / HTTP/1.1", ...lines, COOKIE)));
