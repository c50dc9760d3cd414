import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultCode } from "../../src/faults.js";
import { Refusal } from "../../src/http1/refusal.js";
import {
	checkRequest,
	parseRequestFields,
	parseRequestLine,
} from "../../src/http1/request-head.js";
import { head } from "../support/client.js";

function fields(...lines: string[]) {
	return parseRequestFields(head(...lines), 0);
}

test("names, case, order and duplicate lines stay as sent", () => {
	const lines = ["HOST: a", "x-b:  1\t", "X-B:2", "Accept: caf\xe9"];
	const { list } = fields(...lines);
	assert.deepEqual(
		list.map(({ line }) => line),
		lines,
	);
	assert.deepEqual(
		list.map(({ name, value }) => [name, value]),
		[
			["host", "a"],
			["x-b", "1"],
			["x-b", "2"],
			["accept", "caf\xe9"],
		],
	);
});

test("an empty value and an empty Host are fields", () => {
	const { list, host } = fields("Host:", "X-Empty: ");
	assert.equal(host, "");
	assert.equal(list[1]?.value, "");
});

test("no field at all", () => {
	const { list, host, length, chunked, cookies, origin } = parseRequestFields(
		"\r\n",
		0,
	);
	assert.deepEqual(
		[list.length, host, length, chunked, cookies, origin],
		[0, undefined, -1, false, undefined, undefined],
	);
});

for (const host of "a a:1 A-b.c_d:8800 [::1]:80 [::ffff:1.2.3.4] a:".split(" "))
	test(`Host ${host}`, () => {
		assert.equal(fields(`Host: ${host}`).host, host);
	});

test("Content-Length, with leading zeros too", () => {
	assert.equal(fields("Content-Length: 0").length, 0);
	assert.equal(fields("Content-Length: 0012").length, 12);
	assert.equal(
		fields("Content-Length: 999999999999999").length,
		999999999999999,
	);
});

test("chunked in any case", () => {
	assert.equal(fields("Transfer-Encoding: Chunked").chunked, true);
});

test("Connection lines are one list, in lower case", () => {
	const { connection } = fields(
		"Connection: Close, ,X-A",
		"connection: Upgrade,",
	);
	assert.deepEqual(connection, ["close", "x-a", "upgrade"]);
});

test("several Cookie lines are one", () => {
	assert.equal(
		fields("Cookie: a=1", "cookie: b=2; c=3").cookies,
		"a=1; b=2; c=3",
	);
});

test("several Upgrade lines are one list", () => {
	assert.equal(fields("Upgrade: WebSocket").upgrade, "WebSocket");
	const two = fields("Upgrade: h2c", "Upgrade: websocket");
	assert.equal(two.upgrade, "h2c, websocket");
	assert.notEqual(fields("Upgrade:").upgrade, "");
});

test("Expect is recognised in any case", () => {
	assert.equal(fields("Expect: 100-Continue").expectsContinue, true);
	assert.equal(fields("Expect: 200-ok").expectsContinue, false);
});

test("two Origin lines count as no origin", () => {
	assert.equal(fields("Origin: http://a").origin, "http://a");
	assert.equal(fields("Origin: http://a", "Origin: http://b").origin, "");
});

function refused(name: string, code: FaultCode, read: () => unknown): void {
	test(`${code}: ${name}`, () => {
		assert.throws(
			read,
			(error) => error instanceof Refusal && error.code === code,
		);
	});
}

/** One for each rule; test/security has the forms that attackers use. */
const MALFORMED = [
	"X",
	": x",
	"X : 1",
	"X@Y: 1",
	"X: a\x00b",
	"X: a\rb",
	"X: a\r\n folded",
	"Host: a\r\nHost: a",
	"Host: user@a",
	"Content-Length: 1\r\nContent-Length: 1",
	"Content-Length: 0x1",
	"Content-Length:",
	"Content-Length: 1000000000000000",
	"Transfer-Encoding: gzip, chunked",
	"Transfer-Encoding: chunked\x0b",
	"Transfer-Encoding: chunked\r\nContent-Length: 5",
];
for (const lines of MALFORMED)
	refused(JSON.stringify(lines), "malformed", () =>
		parseRequestFields(head(lines), 0),
	);

for (const coding of ["gzip", "identity", "x-chunked"])
	refused(coding, "transferCoding", () =>
		parseRequestFields(head(`Transfer-Encoding: ${coding}`), 0),
	);

test("200 field lines are taken, 201 are not", () => {
	const lines = Array.from({ length: 200 }, (_, n) => `X-${n}: 1`);
	assert.equal(parseRequestFields(head(...lines), 0).list.length, 200);
	assert.throws(
		() => parseRequestFields(head(...lines, "X: 1"), 0),
		(error) => error instanceof Refusal && error.code === "largeHead",
	);
});

/** Both parts of a head are good, together they are not. */
function check(version: string, ...lines: string[]): void {
	checkRequest(
		parseRequestLine(`POST / HTTP/${version}`),
		parseRequestFields(head(...lines), 0),
	);
}
refused("HTTP/1.1 without Host", "malformed", () => check("1.1", "X: 1"));
refused("chunked in HTTP/1.0", "malformed", () =>
	check("1.0", "Host: a", "Transfer-Encoding: chunked"),
);

test("HTTP/1.0 needs no Host", () => {
	check("1.0", "Content-Length: 3");
});
