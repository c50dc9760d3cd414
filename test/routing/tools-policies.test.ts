import assert from "node:assert/strict";
import { test } from "node:test";
import { ORIGIN_POLICIES } from "../../src/routing/boundary.js";
import { answered } from "./tools-response.js";

const OTHERS = ORIGIN_POLICIES.filter(
	({ subdomains }) => subdomains === undefined,
).map(({ name }) => `${name}: *`);

test("by path a tool sets no policy for Galaxy's origin", () => {
	const lines = [...OTHERS, "NEL: {}", "Strict-Transport-Security: max-age=1"];
	assert.deepEqual(answered("path", lines), []);
});

test("by domain it sets those of its own origin", () => {
	const lines = [...OTHERS, "Service-Worker-Allowed: /"];
	assert.deepEqual(answered("host", lines), lines);
});

/** Policies of a tool by domain, and whether they pass. */
const CASES: [line: string, passes: boolean][] = [
	["Strict-Transport-Security: max-age=1; preload", true],
	["strict-transport-security:max-age=1;INCLUDEsubdomains", false],
	["Strict-Transport-Security: max-age=1; includeSubDomains =x", false],
	['NEL: {"report_to":"a","max_age":1}', true],
	['NEL: {"report_to":"a","include_subdomains":false}', true],
	['NEL: {"a":"include_subdomains"},{}', true],
	["NEL: null", true],
	['NEL: {"include_subdomains" : true}', false],
	['nel: {}, {"include\\u005fsubdomains":true}', false],
	['NEL: {"include_subdomains"/**/:true}', false],
];

for (const [line, passes] of CASES)
	test(`by domain ${line} ${passes ? "passes" : "is dropped"}`, () => {
		assert.deepEqual(answered("host", [line]), passes ? [line] : []);
	});

test("by path a service worker's scope passes below the tool's own path", () => {
	const own = "Service-Worker-Allowed: /interactivetool/ep/k1/t1/a/";
	const other = "Service-Worker-Allowed: /interactivetool/ep/k1/t2/";
	const all = "Service-Worker-Allowed: /";
	assert.deepEqual(answered("path", [own, other, all]), [own]);
});

test("nobody may set a session cookie of Galaxy, or command the front proxy", () => {
	const lines = [
		"Set-Cookie: galaxysession=x",
		"Set-Cookie: other=x; Path=/",
		"X-Accel-Redirect: /etc/passwd",
	];
	for (const by of ["path", "host"] as const)
		assert.deepEqual(answered(by, lines), []);
});
