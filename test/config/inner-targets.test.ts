import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, UsageError } from "../../src/config/config.js";

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
const LOOPBACK = ["127.0.0.0/8", "::1"];
const SURROUNDINGS = { env: {}, cwd: "/" };

function targetsOf(flags: Record<string, string>) {
	return configure({ mode: "gxit", ...flags }, SURROUNDINGS).allowTarget;
}

test("an inner proxy, which knows no tools, cannot check their owners", () => {
	assert.throws(
		() => targetsOf({ checkOwner: "1", galaxyUrl: "http://galaxy.example" }),
		/--check-owner needs --sessions/,
	);
});

test("an inner proxy leads to private addresses only", () => {
	for (const ip of ["0.0.0.0", "::", "10.0.0.5", "inner.example"])
		assert.deepEqual(targetsOf({ ip }), PRIVATE, ip);
});

test("an inner proxy on loopback also leads to loopback", () => {
	for (const ip of [
		"127.0.0.1",
		"127.8.0.1",
		"::1",
		"localhost",
		"unix:/run/s",
	])
		assert.deepEqual(targetsOf({ ip }), [...PRIVATE, ...LOOPBACK], ip);
});

test("--allow-target replaces the private addresses", () => {
	assert.equal(targetsOf({ allowTarget: "any" }), "any");
	assert.deepEqual(targetsOf({ allowTarget: "10.42.0.0/16" }), [
		"10.42.0.0/16",
	]);
});

test("with a session map the default is any address", () => {
	assert.equal(targetsOf({ sessions: "/m.sqlite" }), "any");
});

test("without --mode gxit a missing map is a mistake", () => {
	const missing = () => configure({ forwardIp: "10.0.0.5" }, SURROUNDINGS);
	assert.throws(missing, UsageError);
});
