import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestLine } from "../../src/http1/request-head.js";
import { EntryPoints, toolOfHost } from "../../src/routing/entry-point.js";

const DEFAULT = "/interactivetool/ep";

/** What a request names: the session key, and the container's path if the tool does not need its own. */
function named(target: string, host = "galaxy.example", prefix = DEFAULT) {
	const line = parseRequestLine(`GET ${target} HTTP/1.1`, true);
	return new EntryPoints(prefix).nameIn(line, toolOfHost(host));
}

test("the first label of the host is key and token, whatever stands behind it", () => {
	for (const [host, key] of [
		["k1-t1.ep.interactivetool.galaxy.example", "k1/t1"],
		["k1-t1.interactivetoolentrypoint.interactivetool.galaxy.example", "k1/t1"],
		["k1-t1.anything:8000", "k1/t1"],
		["K1-T1.ep.interactivetool.galaxy.example", "k1/t1"],
		["k1-t-1.ep", "k1/t-1"],
		["k1-t1.", "k1/t1"],
		["k1-t1", ""],
		["k1-t1:8000", ""],
		["-t1.ep", ""],
		["k1-.ep", ""],
		["k1.ep-t1", ""],
		["galaxy.example", ""],
		["[2001:db8::1]:80", ""],
		["__proto__-x.y", "__proto__/x"],
		["", ""],
	] as const)
		assert.equal(named("/a", host).sessionKey, key, host);
	assert.equal(toolOfHost(undefined).sessionKey, "");
	assert.equal(toolOfHost(`k-${"t".repeat(1100)}.ep`).sessionKey, "");
});

test("by host the path passes as sent, behind exactly one slash", () => {
	for (const [target, rest] of [
		["/a?b=1", "/a?b=1"],
		["//a//b?next=http://x//y", "/a//b?next=http://x//y"],
		["/a/../b/./c", "/a/../b/./c"],
		["/a%2Fb%2e%2e/%00", "/a%2Fb%2e%2e/%00"],
	] as const)
		assert.deepEqual(named(target, "k1-t1.x").tool, {
			by: "host",
			base: "",
			asked: "",
			rest,
			lacksSlash: false,
		});
});

test("the authority of an absolute target counts in place of Host", () => {
	assert.equal(named("http://k1-t1.x/a", "k2-t2.x").sessionKey, "k1/t1");
	assert.equal(named("http://evil/a", "k2-t2.x").sessionKey, "");
});

test("by path, the container's path is what stands behind the token", () => {
	for (const [behind, rest] of [
		["/lab/tree?x=1&y=/z", "/lab/tree?x=1&y=/z"],
		["/", "/"],
		["//a//b", "/a//b"],
		["/a%2Fb", "/a%2Fb"],
		["/?a//b", "/?a//b"],
		["", "/"],
		["?x=/1", "/?x=/1"],
	] as const) {
		const { sessionKey, tool } = named(`${DEFAULT}/k1/t1${behind}`);
		assert.equal(sessionKey, "k1/t1");
		assert.equal(tool?.rest, rest);
		assert.equal(tool?.base, `${DEFAULT}/k1/t1`);
		assert.equal(tool?.lacksSlash, !behind.startsWith("/"), behind);
	}
});

test("path wins over host where the prefix ends at a segment", () => {
	const other = "k2-t2.ep.interactivetool.galaxy.example";
	for (const [target, key] of [
		[`${DEFAULT}/k1/t1/a`, "k1/t1"],
		[`http://${other}${DEFAULT}/k1/t1/a`, "k1/t1"],
		["/interactivetool/epX/k1/t1/a", "k2/t2"],
		["/InteractiveTool/ep/k1/t1/a", "k2/t2"],
		["/interactivetool/e%70/k1/t1/a", "k2/t2"],
		["/x/interactivetool/ep/k1/t1/a", "k2/t2"],
		["/?/interactivetool/ep/k1/t1/a", "k2/t2"],
		[DEFAULT, ""],
		[`${DEFAULT}/`, ""],
		[`${DEFAULT}?x`, ""],
		[`${DEFAULT}/k1`, ""],
		[`${DEFAULT}/k1/`, ""],
		[`${DEFAULT}/k1//a`, ""],
		[`${DEFAULT}/k1?/t1/`, ""],
		[`${DEFAULT}/k%31/t1/a`, "k%31/t1"],
	] as const) {
		assert.equal(named(target, other).sessionKey, key, target);
	}
});

test("several slashes in front of and within the prefix count as one", () => {
	for (const target of [
		"//interactivetool/ep/k1/t1/a",
		"/interactivetool//ep/k1/t1/a",
		"///interactivetool///ep//k1/t1//a",
	]) {
		const { sessionKey, tool } = named(target);
		assert.equal(sessionKey, "k1/t1", target);
		assert.equal(tool?.base, `${DEFAULT}/k1/t1`);
		assert.equal(tool?.rest, "/a");
	}
});

test("a prefix that ends in /ep is also found in its older form", () => {
	const older = "access/interactivetoolentrypoint/k1/t1/a";
	for (const [prefix, target] of [
		[DEFAULT, `/interactivetool/${older}`],
		[DEFAULT, `/interactivetool//${older}`],
		["/ep", `/${older}`],
		["/galaxy/its/ep", `/galaxy/its/${older}`],
	] as const) {
		const { sessionKey, tool } = named(target, "x", prefix);
		assert.equal(sessionKey, "k1/t1", target);
		assert.equal(tool?.base, `${prefix}/k1/t1`);
		assert.equal(`${tool?.asked}/a`, target.replace(/^\/+/, "/"));
	}
	for (const prefix of ["/interactivetool", "/interactivetool/step"])
		assert.notEqual(
			named(`/interactivetool/${older}`, "x", prefix).sessionKey,
			"k1/t1",
		);
});

test("a prefix may contain any character of a path", () => {
	assert.equal(named("/a.b+c/k1/t1/", "x", "/a.b+c").sessionKey, "k1/t1");
	assert.equal(named("/aXb+c/k1/t1/", "x", "/a.b+c").sessionKey, "");
});

test("without a prefix no tool is found by path", () => {
	assert.equal(named(`${DEFAULT}/k1/t1/`, "x", "").sessionKey, "");
	assert.equal(named(`${DEFAULT}/k1/t1/`, "k2-t2.x", "").sessionKey, "k2/t2");
});
