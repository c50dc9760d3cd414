import assert from "node:assert/strict";
import { test } from "node:test";
import {
	grantOf,
	isNameHidden,
	mayUpgrade,
} from "../../src/routing/admission.js";
import { answered } from "./response-lines.js";

const SAME_HOST: [
	origin: string | undefined,
	host: string | undefined,
	granted: boolean,
][] = [
	["http://galaxy.example:8080", "galaxy.example:8800", true],
	["https://galaxy.example", "galaxy.example", true],
	["https://Galaxy.Example", "GALAXY.example:1", true],
	["http://[::1]:8080", "[::1]:8800", true],
	["http://galaxy.example", "localhost:8800", false],
	["http://galaxy.example.evil.test", "galaxy.example", false],
	["http://evil.test/galaxy.example", "galaxy.example", false],
	["http://galaxy.example@evil.test", "galaxy.example", false],
	["http://xgalaxy.example", "galaxy.example", false],
	["null", "galaxy.example", false],
	["null", "null", false],
	["galaxy.example", "galaxy.example", false],
	["", "", false],
	["http://", "", false],
	["http://galaxy.example", undefined, false],
	[undefined, "galaxy.example", false],
];

for (const [origin, host, granted] of SAME_HOST)
	test(`same-host: ${origin} for ${host} is ${granted ? "" : "not "}granted`, () => {
		assert.deepEqual(
			grantOf("same-host", origin, host),
			granted ? { origin } : undefined,
		);
	});

test("any: every origin is reflected, and credentials without one", () => {
	assert.deepEqual(grantOf("any", "https://x", "y"), { origin: "https://x" });
	assert.deepEqual(grantOf("any", undefined, "y"), { origin: undefined });
});

test("none: nothing is granted", () => {
	assert.equal(grantOf("none", "http://a", "a"), undefined);
});

test("a list: its origins, but not the request's own host", () => {
	const list = ["https://a", "https://b:1"];
	assert.deepEqual(grantOf(list, "https://A", "x"), { origin: "https://A" });
	assert.deepEqual(grantOf(list, "https://b:1", "x"), {
		origin: "https://b:1",
	});
	for (const origin of [
		"https://b",
		"http://a",
		"https://a.evil",
		"https://x",
		undefined,
	])
		assert.equal(grantOf(list, origin, "x"), undefined, String(origin));
});

const GALAXY = "http://galaxy.example:8080";
const OWN = [
	`Access-Control-Allow-Origin: ${GALAXY}`,
	"Access-Control-Allow-Credentials: true",
];
const CONTAINERS = [
	"Access-Control-Allow-Origin: *",
	"access-control-allow-credentials: false",
	"Access-Control-Allow-Headers: accept",
];

test("without a grant the container's own pass", () => {
	assert.deepEqual(answered(200, CONTAINERS), CONTAINERS);
});

test("a grant replaces origin and credentials, and varies", () => {
	assert.deepEqual(answered(200, ["A: 1", ...CONTAINERS], { origin: GALAXY }), [
		"A: 1",
		"Access-Control-Allow-Headers: accept",
		...OWN,
		"Vary: Origin",
	]);
});

test("Vary is not repeated", () => {
	for (const vary of ["Vary: Accept, origin", "vary: *"])
		assert.deepEqual(answered(200, [vary], { origin: GALAXY }), [vary, ...OWN]);
	assert.deepEqual(answered(200, ["Vary: Accept"], { origin: GALAXY }), [
		"Vary: Accept",
		...OWN,
		"Vary: Origin",
	]);
});

test("a grant of credentials only leaves the container's origin", () => {
	assert.deepEqual(answered(200, CONTAINERS, { origin: undefined }), [
		"Access-Control-Allow-Origin: *",
		"Access-Control-Allow-Headers: accept",
		"Access-Control-Allow-Credentials: true",
	]);
});

const ORIGIN = "https://galaxy.example";

function from(
	origin: string | undefined,
	host?: string,
	forwardedHost?: string,
) {
	return { origin, host, forwardedHost };
}

test("a list admits WebSockets from its origins, and from programs, which send no origin", () => {
	const list = ["https://a.example"];
	assert.equal(mayUpgrade(list, from("https://a.example")), true);
	assert.equal(mayUpgrade(list, from("HTTPS://A.example")), true);
	assert.equal(mayUpgrade(list, from(undefined)), true);
	for (const origin of ["https://b.example", "", "null"])
		assert.equal(mayUpgrade(list, from(origin)), false);
});

test("any and none admit WebSockets from everywhere", () => {
	for (const policy of ["any", "none"] as const)
		assert.equal(mayUpgrade(policy, from("https://b.example", "x")), true);
});

const UPGRADES: [what: string, passes: boolean, host: string, xfh?: string][] =
	[
		["Host is the origin's", true, "galaxy.example"],
		["Host has a port and capitals", true, "Galaxy.example:8443"],
		[
			"X-Forwarded-Host is the origin's",
			true,
			"backend:8800",
			"galaxy.example",
		],
		[
			"of several forwarded hosts one is",
			true,
			"b",
			"a.example, galaxy.example",
		],
		["another host", false, "other.example"],
		["another host below the origin's", false, "tool.galaxy.example"],
		["another forwarded host", false, "backend", "other.example"],
		["a front on this machine hides the name", true, "localhost:8800"],
		["the same by address", true, "127.0.0.1:8800"],
		["the same by address in IPv6", true, "[::1]:8800"],
		["it does not hide it", false, "localhost:8800", "other.example"],
		["a name that begins like it", false, "localhost.example"],
	];

for (const [what, passes, host, xfh] of UPGRADES)
	test(`same-host: ${what}: ${passes ? "passes" : "refused"}`, () => {
		const asked = from(ORIGIN, host, xfh);
		assert.equal(mayUpgrade("same-host", asked), passes);
	});

test("same-host: programs, which name no origin, pass, and pages without one do not", () => {
	assert.equal(mayUpgrade("same-host", from(undefined, "other.example")), true);
	for (const origin of ["null", "", "file://"])
		assert.equal(mayUpgrade("same-host", from(origin, "a.example")), false);
});

test("without any host nothing can be judged", () => {
	assert.equal(isNameHidden(from(ORIGIN, undefined)), true);
	assert.equal(isNameHidden(from(ORIGIN, "127.0.0.1.example")), false);
});
