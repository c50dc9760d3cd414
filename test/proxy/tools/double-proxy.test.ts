import assert from "node:assert/strict";
import { test } from "node:test";
import { UPGRADE, values } from "../../support/client.js";
import { startAnswering, startBackend } from "../../support/container.js";
import { startDouble } from "../../support/double-proxy.js";
import type { RawRequest } from "../../support/message.js";
import {
	byHost,
	byPath,
	setTool,
	TOOL_HOST,
	TOOL_PATH,
} from "../../support/tools.js";
import { SWITCHED } from "../tunnel/open-tunnel.js";

const EVIL = [
	"X-Interactive-Tool-Host: evil.example",
	"x_interactive_tool_port: 1",
	"X-Interactive-Tool-Signature: 1.x",
];

function expectNoToolFields({ headers }: RawRequest): void {
	const names = headers.map(([name]) => name.toLowerCase());
	assert.ok(
		!names.some((name) => /interactive[-_]tool/.test(name)),
		`${names}`,
	);
}

test("a tool is reached through both proxies by its host name", async (t) => {
	const { outer, client } = await startDouble(t);
	const container = await startAnswering(t);
	setTool(outer, container);
	client.send(byHost("GET //lab//tree?x=%2F", ...EVIL));
	assert.equal((await client.response()).status, 200);
	const request = await container.request(0);
	assert.equal(request.target, "/lab//tree?x=%2F");
	assert.deepEqual(values(request.headers, "host"), [TOOL_HOST]);
	expectNoToolFields(request);
});

test("a tool is reached through both proxies by its path", async (t) => {
	const { outer, client } = await startDouble(t);
	const container = await startAnswering(t);
	setTool(outer, container, { pathInUrl: true, pathHeader: "X-Root" });
	client.send(byPath("GET /lab?x=1", ...EVIL));
	assert.equal((await client.response()).status, 200);
	const request = await container.request(0);
	assert.equal(request.target, `${TOOL_PATH}/lab?x=1`);
	assert.deepEqual(values(request.headers, "x-root"), [TOOL_PATH]);
	expectNoToolFields(request);
});

test("a WebSocket passes through both proxies", async (t) => {
	const { outer, client } = await startDouble(t);
	const container = await startBackend(t, async (connection) => {
		expectNoToolFields(await connection.request());
		connection.send(SWITCHED);
		connection.send(await connection.take(4));
	});
	setTool(outer, container);
	client.send(byHost("GET /ws", ...UPGRADE, ...EVIL));
	assert.equal((await client.response()).status, 101);
	client.send("ping");
	assert.equal((await client.take(4)).toString(), "ping");
});

test("an unknown tool is answered by the outer proxy", async (t) => {
	const { inner, client } = await startDouble(t);
	client.send(byHost("GET /"));
	assert.equal((await client.response()).status, 404);
	client.send(byPath("GET /", ...UPGRADE, ...EVIL));
	assert.equal((await client.response()).status, 404);
	assert.deepEqual(inner.exchanges, []);
});

test("the inner proxy's answer for a stopped container reaches the client", async (t) => {
	const { outer, client } = await startDouble(t);
	setTool(outer, { host: "127.0.0.1", port: 1025 });
	client.send(byHost("GET /"));
	const { status, body } = await client.response();
	assert.equal(status, 502);
	assert.equal(body.toString(), "Proxy target missing");
});
