import assert from "node:assert/strict";
import { test } from "node:test";
import { Boundary } from "../../src/routing/boundary.js";
import { FRONT, RULES, STRANGER, sent } from "./out-fields.js";

const ADDING = { xForward: true };
const CLAIMS = [
	"X-Forwarded-For: 198.51.100.1",
	"X-Forwarded-Proto: https",
	"X-Forwarded-Host: galaxy.org",
	"X-Forwarded-Port: 443",
	"Forwarded: for=198.51.100.1",
	"X-Real-IP: 198.51.100.1",
];
const OWN = [
	"X-Forwarded-For: 192.0.2.7",
	"X-Forwarded-Host: a:8800",
	"X-Forwarded-Proto: http",
];

test("from a trusted peer X-Forwarded-For grows, the others pass", () => {
	assert.deepEqual(sent(FRONT, ["Host: a", ...CLAIMS], ADDING), [
		"Host: a",
		...CLAIMS.slice(1),
		"X-Forwarded-For: 198.51.100.1, 127.0.0.1",
	]);
});

test("several lines of X-Forwarded-For are one list", () => {
	assert.deepEqual(
		sent(
			FRONT,
			["X-Forwarded-For: 1.1.1.1, 2.2.2.2", "X-Forwarded-For: 3.3.3.3"],
			ADDING,
		),
		["X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"],
	);
});

test("fields that a trusted peer did not send stay absent", () => {
	assert.deepEqual(sent(FRONT, ["Host: a"], ADDING), [
		"Host: a",
		"X-Forwarded-For: 127.0.0.1",
	]);
});

test("from any other peer all of them are replaced", () => {
	assert.deepEqual(sent(STRANGER, ["Host: a:8800", ...CLAIMS], ADDING), [
		"Host: a:8800",
		...OWN,
	]);
});

test("--no-x-forward adds nothing, and still does not trust strangers", () => {
	assert.deepEqual(sent(STRANGER, ["Host: a", ...CLAIMS]), ["Host: a"]);
	assert.deepEqual(sent(FRONT, CLAIMS), CLAIMS);
});

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

test("the container's own fields stay as sent, in their order", () => {
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

test("fields that Connection names are removed, in any case and on any line", () => {
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

test("of TE only trailers is passed on", () => {
	assert.deepEqual(sent(FRONT, ["TE: gzip, Trailers"]), ["TE: trailers"]);
	assert.deepEqual(sent(FRONT, ["TE: xtrailers"]), []);
});

test("only the session cookie is removed from each Cookie line", () => {
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
		mode: "gie",
		cookie: RULES.cookie,
		forwardSessionCookie: true,
	});
	assert.deepEqual(sent(FRONT, lines, { boundary }), lines);
});
