import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { values } from "../support/message.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { head, request } from "../support/request-text.js";

const CASES: [prefix: string, path: string, scope: string, passes: boolean][] =
	[
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxy/a/", true],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxy/", true],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxy", false],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/gie_proxyx/", false],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/galaxy/", false],
		["/galaxy/gie_proxy", "/galaxy/gie_proxy/", "/", false],
		["", "/gie_proxy/jupyter/x", "/gie_proxy/jupyter/", true],
		["", "/g/gie_proxy/jupyter/x", "/g/gie_proxy/jupyter/", true],
		["", "/g/gie_proxy/jupyter/x", "/gie_proxy/jupyter/", false],
		["", "/g/gie_proxy/jupyter/x", "/", false],
		["", "/jupyter/x?/gie_proxy/", "/jupyter/", false],
		["", "/gie_proxyx/y", "/gie_proxyx/", false],
		...[
			"/p/a/../b",
			"/p/%2e/b",
			"/p/a/%2E%2e/b",
			"/p/..%2f",
			"/p/a\\..\\b",
		].map((scope): [string, string, string, boolean] => [
			"/p",
			"/p/",
			scope,
			true,
		]),
		...[
			"/p/..",
			"/p/../",
			"/p/a/../../",
			"/p/%2e%2e/",
			"/p/.%2E",
			"/p/%2e./x",
			"/p\\..\\",
			"/p/..\\x",
			"//p/a",
			"/\\p/a",
			"\\p/a",
			"p/a",
			"./p/a",
			"http://localhost/p/a",
			"https://galaxy.example/p/",
			"/\t/p/a",
			"",
		].map((scope): [string, string, string, boolean] => [
			"/p",
			"/p/",
			scope,
			false,
		]),
	];

for (const [proxyPrefix, path, scope, passes] of CASES)
	test(`a worker of ${path}${proxyPrefix && ` (--proxy-prefix ${proxyPrefix})`} may ${passes ? "" : "not "}rule ${JSON.stringify(scope)}`, async (t) => {
		const container = await startAnswering(
			t,
			head(
				"HTTP/1.1 200 OK",
				`Service-Worker-Allowed: ${scope}`,
				"Content-Length: 0",
			),
		);
		const { port } = await startProxy(t, { abc: container }, { proxyPrefix });
		const client = await connect(t, port);
		const answer = await client.send(request(`GET ${path}`)).response();
		assert.equal(answer.status, 200);
		assert.deepEqual(
			values(answer.headers, "Service-Worker-Allowed"),
			passes ? [scope] : [],
		);
	});

test("one container's answer on two paths is judged on each", async (t) => {
	const container = await startAnswering(
		t,
		head(
			"HTTP/1.1 200 OK",
			"Service-Worker-Allowed: /gie_proxy/",
			"Content-Length: 0",
		),
	);
	const flags = { keepAlive: "always" } as const;
	const { port } = await startProxy(t, { abc: container }, flags);
	const client = await connect(t, port);
	const allowed: number[] = [];
	for (const path of ["/gie_proxy/a", "/b", "/gie_proxy/a"]) {
		const { headers } = await client.send(request(`GET ${path}`)).response();
		allowed.push(values(headers, "Service-Worker-Allowed").length);
	}
	assert.deepEqual(allowed, [1, 0, 1]);
});
