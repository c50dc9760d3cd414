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

function refused(name: string, code: FaultCode, read: () => unknown): void {
	test(`${code}: ${name}`, () => {
		assert.throws(
			read,
			(error) => error instanceof Refusal && error.code === code,
		);
	});
}

const MALFORMED = [
	"X",
	": x",
	" X: 1",
	"X : 1",
	"X\t: 1",
	"X@Y: 1",
	"X(Y): 1",
	"X: a\x00b",
	"X: a\x0bb",
	"X: a\x7fb",
	"X: a\rb",
	"X: a\nY: b",
	"X: a\r\n folded",
	"X: a\r\n\tfolded",
	"Host: a\r\nHost: a",
	"Host: a b",
	"Host: a/b",
	"Host: user@a",
	"Host: a:8a",
	"Content-Length: 1\r\nContent-Length: 1",
	"Content-Length: 1, 1",
	"Content-Length: +1",
	"Content-Length: -1",
	"Content-Length: 0x1",
	"Content-Length: 1.0",
	"Content-Length: 1 1",
	"Content-Length:",
	"Content-Length: 1\xa0",
	"Content-Length: 1000000000000000",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
	"Transfer-Encoding: chunked, chunked",
	"Transfer-Encoding: gzip, chunked",
	"Transfer-Encoding: chunked;x",
	"Transfer-Encoding: \xa0chunked",
	"Transfer-Encoding: chunked\x0b",
	"Transfer-Encoding:",
	"Transfer-Encoding: chunked\r\nContent-Length: 5",
	"Content-Length: 5\r\nTransfer-Encoding: chunked",
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
