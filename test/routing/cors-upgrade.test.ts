import assert from "node:assert/strict";
import { test } from "node:test";
import { isNameHidden, mayUpgrade } from "../../src/routing/admission.js";

const ORIGIN = "https://galaxy.example";

function from(
	origin: string | undefined,
	host?: string,
	forwardedHost?: string,
) {
	return { origin, host, forwardedHost };
}

test("a list lets WebSockets through from its origins, and from programs, which name none", () => {
	const list = ["https://a.example"];
	assert.equal(mayUpgrade(list, from("https://a.example")), true);
	assert.equal(mayUpgrade(list, from("HTTPS://A.example")), true);
	assert.equal(mayUpgrade(list, from(undefined)), true);
	for (const origin of ["https://b.example", "", "null"])
		assert.equal(mayUpgrade(list, from(origin)), false);
});

test("any and none let WebSockets through from everywhere", () => {
	for (const policy of ["any", "none"] as const)
		assert.equal(mayUpgrade(policy, from("https://b.example", "x")), true);
});

const SAME_HOST: [what: string, passes: boolean, host: string, xfh?: string][] =
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

for (const [what, passes, host, xfh] of SAME_HOST)
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
