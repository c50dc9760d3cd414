import assert from "node:assert/strict";
import { test } from "node:test";
import { toolRouteOf } from "../../src/session-map/tool-row.js";
import { openTools } from "./opened-tools.js";

const target = { host: "docker", port: 80 };
const NONE = { kind: "target", target };
const URL = { pathInUrl: true, pathHeader: undefined };

for (const [info, tool] of [
	['{"requires_path_in_url": true}', URL],
	['{"requires_path_in_url": "False"}', URL],
	[
		'{"requires_path_in_header_named": "X-Path"}',
		{ pathInUrl: false, pathHeader: "X-Path" },
	],
	[
		'{"requires_path_in_url": true, "requires_path_in_header_named": "X-Path"}',
		{ pathInUrl: true, pathHeader: "X-Path" },
	],
	[{ requires_path_in_url: true }, URL],
] as const)
	test(`info ${JSON.stringify(info)}`, () => {
		assert.deepEqual(toolRouteOf("docker", 80, info), { ...NONE, tool });
	});

for (const info of [
	null,
	undefined,
	"",
	"null",
	'"requires_path_in_url"',
	"[]",
	"7",
	"{}",
	'{"requires_path_in_url": false, "requires_path_in_header_named": null}',
	'{"requires_path_in_url": 0, "requires_path_in_header_named": ""}',
])
	test(`info ${JSON.stringify(info)} asks for nothing`, () => {
		assert.deepEqual(toolRouteOf("docker", 80, info), NONE);
	});

for (const [info, flaw] of [
	["{", "info"],
	["?", "info"],
	["{'requires_path_in_url': True}", "info"],
	...[
		"Host",
		"cookie",
		"CONNECTION",
		"Content-Length",
		"content_length",
		"Transfer-Encoding",
		"Upgrade",
		"TE",
		"Sec-WebSocket-Key",
		"CDN-Loop",
		"X-Interactive-Tool-Host",
		"bad header",
		"X-Path:",
		"X-Päth",
		"X-Path\r\nX-Other",
		"x".repeat(300),
		7,
		true,
		["X-Path"],
	].map((name) => [
		JSON.stringify({ requires_path_in_header_named: name }),
		"header",
	]),
] as const)
	test(`info ${info?.slice(0, 80)} makes the row not ready`, () => {
		assert.deepEqual(toolRouteOf("docker", 80, info), {
			kind: "not-ready",
			flaw,
		});
	});

for (const [host, own] of [
	["0.0.0.0", "127.0.0.1"],
	["::", "::1"],
	["[::]", "::1"],
])
	test(`host ${host} is this machine`, () => {
		assert.deepEqual(toolRouteOf(host, 80, null), {
			kind: "target",
			target: { host: own, port: 80 },
			flaw: "any-address",
		});
	});

test("host manual is elsewhere, with any port and info", () => {
	for (const port of [80, null])
		assert.equal(toolRouteOf("manual", port, "{").kind, "elsewhere");
});

for (const [host, port] of [
	[null, 80],
	["", 80],
	["docker", null],
	["docker", 0],
	["docker", 99_999],
	["docker", -8888],
])
	test(`host ${host} and port ${port} are not ready`, () => {
		assert.deepEqual(toolRouteOf(host, port, null), { kind: "not-ready" });
	});

test("one odd row costs that row alone", async (t) => {
	const opened = await openTools(t, {
		async before({ put, sql }) {
			await put("good", "t", "docker", 1);
			await put("info", "t", "docker", 2, "{");
			await put("port", "t", "docker", "99999999999999999999");
			await sql(
				"INSERT INTO gxitproxy VALUES ('blob', 'a', x'74', x'00', x'01', x'02')",
				"INSERT INTO gxitproxy VALUES ('binary', 'a', 't', 'docker', 3, x'7b7d')",
				"INSERT INTO gxitproxy VALUES (x'ff', x'ff', 't', 'docker', 4, NULL)",
			);
		},
	});
	assert.equal(await opened.found("good/t"), "docker:1");
	assert.equal(await opened.found("info/t"), "not-ready");
	assert.equal(await opened.found("port/t"), "not-ready");
	assert.equal(await opened.found("blob/t"), "unknown");
	assert.equal(await opened.found("binary/t"), "not-ready");
});
