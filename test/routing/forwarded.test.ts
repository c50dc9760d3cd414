import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFields } from "../../src/http1/fields.js";
import type { Target } from "../../src/route.js";
import {
	forwardedTarget,
	forwardLines,
	signatureProblem,
} from "../../src/routing/forwarded.js";

const HOST = "X-Interactive-Tool-Host";
const PORT = "X-Interactive-Tool-Port";

const TARGETS: [lines: string[], target: string | undefined][] = [
	[[`${HOST}: 10.0.0.7`, `${PORT}: 8888`], "10.0.0.7 8888"],
	[[`${HOST.toLowerCase()}: pod-1`, `${PORT.toUpperCase()}: 1`], "pod-1 1"],
	[[`${HOST}: 10.0.0.7:8888`], "10.0.0.7 8888"],
	[[`${HOST}: 10.0.0.7:8888`, `${PORT}: 8888`], "10.0.0.7 8888"],
	[[`${HOST}: fd00::7`, `${PORT}: 8888`], "fd00::7 8888"],
	[[`${HOST}: [fd00::7]`, `${PORT}: 8888`], "fd00::7 8888"],
	[[`${HOST}: [fd00::7]:8888`], "fd00::7 8888"],
	// gx-it-proxy's port where none is named.
	[[`${HOST}: pod-1`], "pod-1 80"],
	[[`${HOST}: fd00::7`], "fd00::7 80"],
	[[], undefined],
	[[`${PORT}: 8888`], undefined],
	[[`${HOST}:`, `${PORT}: 8888`], undefined],
	[[`${HOST}: a`, `${HOST}: b`, `${PORT}: 1`], undefined],
	[[`${HOST}: a`, `${PORT}: 1`, `${PORT}: 2`], undefined],
	[[`${HOST}: a:1`, `${PORT}: 2`], undefined],
	[[`${HOST}: a, b`, `${PORT}: 1`], undefined],
	[[`${HOST}: a/b`, `${PORT}: 1`], undefined],
	[[`${HOST}: user@a`, `${PORT}: 1`], undefined],
	[[`${HOST}: a`, `${PORT}: 0`], undefined],
	[[`${HOST}: a`, `${PORT}: 65536`], undefined],
	[[`${HOST}: a`, `${PORT}: 1x`], undefined],
	[[`${HOST}: a:0`], undefined],
	[[`${HOST}: a:`], undefined],
];

for (const [lines, expected] of TARGETS)
	test(`${lines.join(", ") || "no field"} names ${expected ?? "no target"}`, () => {
		const target = forwardedTarget(fieldsOf(lines.join("\r\n")));
		assert.equal(target && `${target.host} ${target.port}`, expected);
	});

const TARGET = { host: "10.0.0.7", port: 8888 };
const REQUEST = { method: "GET", target: "/lab?x=1" };
const SECRET = Buffer.from("a secret of the two proxies");

test("a signed request is obeyed", () => {
	assert.equal(problemOf({}), undefined);
});

test("a signature holds for its target, method and path only", () => {
	const [host, port, signature] = linesFor(TARGET).split("\r\n");
	const [otherHost] = linesFor({ ...TARGET, host: "10.0.0.8" }).split("\r\n");
	const [, otherPort] = linesFor({ ...TARGET, port: 8889 }).split("\r\n");
	const changes = [
		{ lines: [otherHost, port, signature].join("\r\n") },
		{ lines: [host, otherPort, signature].join("\r\n") },
		{ request: { ...REQUEST, method: "POST" } },
		{ request: { ...REQUEST, target: "/lab?x=2" } },
		{ secret: Buffer.from("another secret, as long as it") },
	];
	for (const change of changes)
		assert.match(problemOf(change) ?? "", /signature is wrong/);
});

test("a request without a signature is refused", () => {
	for (const lines of [
		forwardLines(REQUEST, { target: TARGET, secret: undefined }),
		"X-Interactive-Tool-Signature: 1.abc\r\n",
		linesFor(TARGET).repeat(2),
	])
		assert.match(problemOf({ lines }) ?? "", /not signed/);
});

test("a signature more than 60 seconds off names the difference of the clocks", (t) => {
	const lines = linesFor(TARGET);
	const now = Date.now();
	t.mock.timers.enable({ apis: ["Date"], now: now + 59_000 });
	assert.equal(problemOf({ lines }), undefined);
	t.mock.timers.setTime(now + 90_000);
	assert.match(problemOf({ lines }) ?? "", /differ by (90|91) s: .* behind/);
	t.mock.timers.setTime(now - 90_000);
	assert.match(problemOf({ lines }) ?? "", /differ by (89|90) s: .* ahead/);
});

function linesFor(target: Target): string {
	return forwardLines(REQUEST, { target, secret: SECRET });
}

function problemOf({
	lines = linesFor(TARGET),
	request = REQUEST,
	secret = SECRET,
}): string | undefined {
	return signatureProblem(request, fieldsOf(lines.trimEnd()), secret);
}

function fieldsOf(lines: string) {
	const text = lines === "" ? "" : `${lines}\r\n`;
	return parseFields(`${text}\r\n`, 0, 100);
}
