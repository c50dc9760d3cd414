import assert from "node:assert/strict";
import { test } from "node:test";
import { Boundary } from "../../src/routing/boundary.js";
import { FRONT, RULES, STRANGER, sent } from "./out-fields.js";

const KEPT = [
	"hOST: Galaxy.example:8800",
	"Accept: */*",
	"accept:text/html",
	"X-Empty:",
	"Authorization: Basic eA==",
	"Content-Length: 3",
	"Expect: 100-continue",
	"Sec-WebSocket-Key: x",
	"X-CSRF: caf\xe9",
];

test("what belongs to the container stays as sent, in its order", () => {
	assert.deepEqual(sent(STRANGER, KEPT), KEPT);
});

test("hop-by-hop fields are removed", () => {
	const hops = [
		"Connection: keep-alive",
		"Keep-Alive: timeout=5",
		"Proxy-Connection: keep-alive",
		"Proxy-Authorization: Basic eA==",
		"Proxy-Anything: 1",
		"TE: gzip",
		"Upgrade: h2c",
		"HTTP2-Settings: AAMAAABk",
	];
	assert.deepEqual(sent(FRONT, ["Host: a", ...hops]), ["Host: a"]);
});

test("what Connection names is removed, in any case and on any line", () => {
	assert.deepEqual(
		sent(FRONT, [
			"X-A: 1",
			"Connection: x-a, X-B",
			"connection: X-C",
			"x-b: 2",
			"X-C: 3",
			"X-D: 4",
		]),
		["X-D: 4"],
	);
});

test("framing, Host and Cookie cannot be nominated away", () => {
	assert.deepEqual(
		sent(FRONT, [
			"Connection: host, content-length, cookie, transfer-encoding",
			"Host: a",
			"Content-Length: 3",
			"Cookie: a=1",
		]),
		["Host: a", "Content-Length: 3", "Cookie: a=1"],
	);
	assert.deepEqual(
		sent(FRONT, [
			"Connection: transfer-encoding",
			"Transfer-Encoding: chunked",
		]),
		["Transfer-Encoding: chunked"],
	);
});

test("the wish for trailers goes on, alone", () => {
	assert.deepEqual(sent(FRONT, ["TE: gzip, Trailers"]), ["TE: trailers"]);
	assert.deepEqual(sent(FRONT, ["TE: xtrailers"]), []);
});

test("the session cookie is taken out of every Cookie line, nothing else of it", () => {
	assert.deepEqual(
		sent(FRONT, [
			"Cookie: a=1; galaxysession=abc; _xsrf=2|b",
			"cookie:galaxysession=zzz",
			"COOKIE:  b = 2 ;",
		]),
		["Cookie: a=1; _xsrf=2|b", "COOKIE:  b = 2 ;"],
	);
});

test("--forward-session-cookie keeps it", () => {
	const lines = ["Cookie: a=1; galaxysession=abc"];
	const boundary = new Boundary({
		cookie: RULES.cookie,
		forwardSessionCookie: true,
	});
	assert.deepEqual(sent(FRONT, lines, { boundary }), lines);
});
