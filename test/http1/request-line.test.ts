import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../../src/http1/refusal.js";

import { parseRequestLine } from "../../src/http1/request-head.js";

const ACCEPTED: [
	line: string,
	target: string,
	authority: string | undefined,
][] = [
	["GET / HTTP/1.1", "/", undefined],
	["GET /a%2Fb%20c?q=%zz HTTP/1.1", "/a%2Fb%20c?q=%zz", undefined],
	["GET /a/../b/./c HTTP/1.1", "/a/../b/./c", undefined],
	['GET /[a|b]{c}^`\\<>" HTTP/1.1', '/[a|b]{c}^`\\<>"', undefined],
	["GET /caf\xc3\xa9 HTTP/1.1", "/caf\xc3\xa9", undefined],
	[
		"GET //gie_proxy///a?u=http://x//y HTTP/1.1",
		"/gie_proxy/a?u=http://x//y",
		undefined,
	],
	["GET http://host/a?b HTTP/1.1", "/a?b", "host"],
	["GET HTTP://Host:8800 HTTP/1.1", "/", "Host:8800"],
	["GET https://[::1]:443?q HTTP/1.1", "/?q", "[::1]:443"],
	["GET http://host/a//b HTTP/1.1", "/a/b", "host"],
	["GET /a//b HTTP/1.1", "/a/b", undefined],
	["GET //galaxy//gie_proxy HTTP/1.1", "/galaxy/gie_proxy", undefined],
	["GET //evil/a HTTP/1.1", "/evil/a", undefined],
	["GET ///evil?//q HTTP/1.1", "/evil?//q", undefined],
	["GET // HTTP/1.1", "/", undefined],
	["GET //http://evil//a HTTP/1.1", "/http://evil/a", undefined],
	["GET http://host//evil/a HTTP/1.1", "/evil/a", "host"],
	["GET ws://host/a?b HTTP/1.1", "/a?b", "host"],
	["GET WSS://host:8443///a HTTP/1.1", "/a", "host:8443"],
];

for (const [line, target, authority] of ACCEPTED)
	test(`accepted: ${JSON.stringify(line)}`, () => {
		assert.deepEqual(parseRequestLine(line), {
			method: "GET",
			target,
			authority,
			minor: 1,
		});
	});

test("the method passes as sent", () => {
	for (const method of ["get", "PROPFIND", "M-SEARCH", "!#$%&'*+-.^_`|~0"])
		assert.equal(parseRequestLine(`${method} / HTTP/1.1`).method, method);
});

test("HTTP/1.0 and HTTP/1.1 are distinguished", () => {
	assert.equal(parseRequestLine("GET / HTTP/1.0").minor, 0);
});

const REFUSED: [code: string, lines: string[]][] = [
	[
		"malformed",
		[
			"",
			"GET /",
			"GET  / HTTP/1.1",
			"GET / HTTP/1.1 ",
			"GET /\x7f HTTP/1.1",
			"GET / HTTP/1.1\r",
			"GET / HTTP/11",
			"G@T / HTTP/1.1",
			"GET /a#b HTTP/1.1",
			"GET /a?\xc3 HTTP/1.1",
			"OPTIONS * HTTP/1.1",
			"GET host:80 HTTP/1.1",
			"GET http:///a HTTP/1.1",
			"GET http://host:123456/ HTTP/1.1",
		],
	],
	[
		"version",
		["GET / HTTP/2.0", "GET / HTTP/0.9", "PRI * HTTP/2.0", "GET / HTTP/1.2"],
	],
	["method", ["CONNECT host:80 HTTP/1.1", "TRACE / HTTP/1.1"]],
];

for (const [code, lines] of REFUSED)
	for (const line of lines)
		test(`${code}: ${JSON.stringify(line)}`, () => {
			assert.throws(
				() => parseRequestLine(line),
				(error) => error instanceof Refusal && error.code === code,
			);
		});
