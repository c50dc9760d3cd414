import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../../src/http1/refusal.js";

import { parseResponseHead } from "../../src/http1/response-head.js";
import { head } from "../support/client.js";

function parsed(...lines: string[]) {
	return parseResponseHead(head(...lines));
}

/** The lines that go on. */
function kept(...lines: string[]): string[] {
	return parsed("HTTP/1.1 200 OK", ...lines).fields.map(({ line }) => line);
}

test("status lines as containers write them", () => {
	for (const [line, status, reason] of [
		["HTTP/1.1 200 OK", 200, "OK"],
		["HTTP/1.1 200", 200, ""],
		["HTTP/1.1 200 ", 200, ""],
		["HTTP/1.0 404 Nicht gefunden \xfc", 404, "Nicht gefunden \xfc"],
		["HTTP/1.1 999 x", 999, "x"],
	] as const) {
		const answer = parsed(line);
		assert.deepEqual([answer.status, answer.reason], [status, reason]);
	}
});

test("hop-by-hop fields are removed, the rest passes as sent", () => {
	assert.deepEqual(
		kept(
			"server: x",
			"Connection: close, X-Private",
			"X-Private: 1",
			"Keep-Alive: timeout=5",
			"Proxy-Authenticate: Basic",
			"Upgrade: h2c",
			"Trailer: X-Sum",
			"Set-Cookie: a=1",
			"Set-Cookie: b=2",
			"ETag: \xe9",
		),
		[
			"server: x",
			"Trailer: X-Sum",
			"Set-Cookie: a=1",
			"Set-Cookie: b=2",
			"ETag: \xe9",
		],
	);
});

test("framing fields cannot be removed by naming them in Connection", () => {
	assert.deepEqual(
		kept(
			"Connection: content-length, set-cookie",
			"Content-Length: 3",
			"Set-Cookie: a=1",
		),
		["Content-Length: 3", "Set-Cookie: a=1"],
	);
});

test("equal duplicate lengths are one", () => {
	const lines = ["Content-Length: 3", "Content-Length: 3"];
	assert.deepEqual(kept(...lines), ["Content-Length: 3"]);
	assert.equal(parsed("HTTP/1.1 200 OK", ...lines).length, 3);
});

test("a length next to chunked is dropped and the connection is not reused", () => {
	const answer = parsed(
		"HTTP/1.1 200 OK",
		"Content-Length: 3",
		"Transfer-Encoding: chunked",
	);
	assert.equal(answer.chunked, true);
	assert.equal(answer.length, -1);
	assert.equal(answer.persistent, false);
	assert.deepEqual(answer.fields, []);
});

test("chunked in HTTP/1.0 is read, and the connection is not reused", () => {
	const answer = parsed(
		"HTTP/1.0 200 OK",
		"Connection: keep-alive",
		"Transfer-Encoding: chunked",
	);
	assert.deepEqual([answer.chunked, answer.persistent], [true, false]);
});

test("interim answers and 204 lose a length, 304 keeps it", () => {
	for (const [status, lines] of [
		[103, 0],
		[204, 0],
		[304, 1],
	] as const)
		assert.equal(
			parsed(`HTTP/1.1 ${status} X`, "Content-Length: 3").fields.length,
			lines,
		);
});

test("whether the connection may carry another request", () => {
	for (const [line, connection, persistent] of [
		["HTTP/1.1 200 OK", "X: 1", true],
		["HTTP/1.1 200 OK", "Connection: Close", false],
		["HTTP/1.1 200 OK", "Connection: keep-alive, close", false],
		["HTTP/1.0 200 OK", "X: 1", false],
		["HTTP/1.0 200 OK", "Connection: Keep-Alive", true],
	] as const)
		assert.equal(
			parsed(line, connection).persistent,
			persistent,
			`${line} ${connection}`,
		);
});

test("Keep-Alive says how long a container waits", () => {
	assert.equal(parsed("HTTP/1.1 200 OK").keepAliveTimeout, -1);
	assert.equal(
		parsed("HTTP/1.1 200 OK", "Keep-Alive: max=9, timeout=5").keepAliveTimeout,
		5,
	);
});

for (const lines of [
	["HTTP/2 200 OK"],
	["HTTP/1.1 20 OK"],
	["HTTP/1.1 099 OK"],
	["HTTP/1.1 2000 OK"],
	["HTTP/1.1  200 OK"],
	["SSH-2.0-OpenSSH"],
	["HTTP/1.1 200 O\0K"],
	["HTTP/1.1 200 OK", "No colon"],
	["HTTP/1.1 200 OK", "X : 1"],
	["HTTP/1.1 200 OK", " folded: 1"],
	["HTTP/1.1 200 OK", "X: a\rY: b"],
	["HTTP/1.1 200 OK", "Content-Length: 3", "Content-Length: 4"],
	["HTTP/1.1 200 OK", "Content-Length: 3, 3"],
	["HTTP/1.1 200 OK", "Content-Length: -3"],
	["HTTP/1.1 200 OK", "Transfer-Encoding: gzip"],
	["HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"],
	["HTTP/1.1 200 OK", "Transfer-Encoding: chunked;q=1"],
	["HTTP/1.1 200 OK", "Transfer-Encoding:"],
	["HTTP/1.0 200 OK", "Transfer-Encoding: gzip, chunked"],
])
	test(`refused: ${JSON.stringify(lines)}`, () => {
		assert.throws(
			() => parsed(...lines),
			(error) => error instanceof Refusal && error.code === "badAnswer",
		);
	});
