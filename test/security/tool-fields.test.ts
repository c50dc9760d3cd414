import assert from "node:assert/strict";
import { test } from "node:test";
import { type Route, UNKNOWN } from "../../src/route.js";
import { UPGRADE, values } from "../support/client.js";
import { byHost, byPath, startToolChain, TOOL_PATH } from "../support/tools.js";
import { ONE_PROCESS } from "../support/workers.js";

const needs = { pathHeader: "X-My_Path" };
const COPIES = ["x-my-path: /evil", "X-MY_PATH: /evil", "X_My_Path: /evil"];

for (const lines of [
	COPIES,
	[...COPIES, "Connection: x-my-path"],
	[...COPIES, ...UPGRADE],
])
	test(`the client's copies of the field with the tool's path do not reach it (CVE-2025-64484): ${lines}`, async (t) => {
		const { client, container } = await startToolChain(t, { needs });
		client.send(byPath("GET /a", "Before: 1", ...lines, "Behind: 2"));
		const { headers } = await container.request(0);
		const own = headers.filter(([name]) => /my[-_]path/i.test(name));
		assert.deepEqual(own, [["X-My_Path", TOOL_PATH]]);
		assert.deepEqual(values(headers, "before"), ["1"]);
		assert.deepEqual(values(headers, "behind"), ["2"]);
	});

test("nor do they by host, where the tool has no path", async (t) => {
	const { client, container } = await startToolChain(t, { needs });
	client.send(byHost("GET /a", "Before: 1", ...COPIES, "Behind: 2"));
	const { headers } = await container.request(0);
	assert.ok(!headers.some(([name]) => /my[-_]path/i.test(name)));
	assert.deepEqual(values(headers, "behind"), ["2"]);
});

test("nor do copies among the trailers of a body, however early they come", async (t) => {
	const { client, container } = await startToolChain(t, { needs });
	const chunked = "Transfer-Encoding: chunked";
	const trailers = "0\r\nX-My-Path: /evil\r\nx_my_path: /evil\r\n\r\n";
	client.send(`${byPath("POST /a", chunked)}2\r\nab\r\n${trailers}`);
	await client.response();
	client.send(`${byPath("POST /a", chunked)}2\r\nab\r\n`);
	await container.connection(1);
	client.send(trailers);
	await client.response();
	assert.deepEqual(
		container.requests.map(({ body, trailers }) => [`${body}`, trailers]),
		[
			["ab", []],
			["ab", []],
		],
	);
});

test("nor does a trailer that arrives before the row was found", {
	skip: ONE_PROCESS,
}, async (t) => {
	const routes = new Map<string, Route>();
	const { client, proxy, container } = await startToolChain(t, {
		needs,
		find: async (key) => routes.get(key) ?? UNKNOWN,
	});
	for (const [key, route] of proxy.routes) routes.set(key, route);
	const chunked = "Transfer-Encoding: chunked";
	client.send(`${byPath("POST /", chunked)}0\r\nX-My-Path: /evil\r\n\r\n`);
	assert.deepEqual((await container.request(0)).trailers, []);
});

test("a tool without that need gets the field as any other", async (t) => {
	const { client, container } = await startToolChain(t);
	client.send(byPath("GET /a", "x-my-path: /a"));
	const { headers } = await container.request(0);
	assert.deepEqual(values(headers, "x-my-path"), ["/a"]);
});

for (const by of [byHost, byPath])
	test(`the fields between two proxies do not come from a client (${by.name})`, async (t) => {
		const { client, container } = await startToolChain(t);
		const lines = [
			"x-interactive-tool-host: evil",
			"X-Interactive-Tool-Port: 1",
			"X_Interactive_Tool_Host: evil",
			"x-interactive-tool-anything: 1",
		];
		client.send(by("GET /a", ...lines));
		const { headers } = await container.request(0);
		assert.ok(!headers.some(([name]) => /interactive.tool/i.test(name)));
	});
