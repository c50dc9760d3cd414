import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { COOKIE, connect, head, request, upgrade } from "../support/client.js";
import {
	type Answering,
	type Backend,
	startAnswering,
	startBackend,
} from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { type StartOptions, startProxy } from "../support/proxy.js";
import { switchProtocols } from "./tunnel/open-tunnel.js";

async function across(
	t: TestContext,
	container: Backend,
	options: StartOptions = {},
) {
	const path = join(scratchFolder(t), "proxy.sock");
	const host = `unix:${path}`;
	const proxy = await startProxy(t, { abc: container }, { ...options, host });
	return { proxy, client: await connect(t, 0, { path }) };
}

const FORWARDED = ["X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https"];

function forwarded({ requests: [asked] }: Answering): string[][] {
	return (asked?.headers ?? []).filter(([name]) => /^x-f/i.test(name ?? ""));
}

test("a client that comes by a unix socket is served", async (t) => {
	const container = await startAnswering(t);
	const { client, proxy } = await across(t, container);
	for (const path of ["/a", "/b"])
		assert.equal(
			(await client.send(request(`GET ${path}`)).response()).text,
			"ok",
		);
	assert.equal((await proxy.exchange(1)).termination, "--");
});

test("it is trusted like a peer on loopback", async (t) => {
	const container = await startAnswering(t);
	const { client } = await across(t, container);
	await client.send(request("GET /", ...FORWARDED)).response();
	assert.deepEqual(forwarded(container), [
		["X-Forwarded-Proto", "https"],
		["X-Forwarded-For", "1.1.1.1, 127.0.0.1"],
	]);
});

test("but not if --trust-proxy leaves out loopback", async (t) => {
	const container = await startAnswering(t);
	const trustProxy = ["10.0.0.0/8"];
	const { client } = await across(t, container, { trustProxy });
	await client.send(request("GET /", ...FORWARDED)).response();
	assert.deepEqual(forwarded(container), [
		["X-Forwarded-For", "127.0.0.1"],
		["X-Forwarded-Host", "galaxy.example"],
		["X-Forwarded-Proto", "http"],
	]);
});

test("its WebSocket becomes a tunnel", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await switchProtocols(connection);
		await connection.until("ping");
		connection.send("pong").end();
	});
	const { client } = await across(t, container);
	client.send(upgrade());
	assert.equal((await client.response()).status, 101);
	client.send("ping").end();
	assert.equal(String(await client.takeToEnd()), "pong");
});

test("a container that cuts its answer short ends the connection, although unix sockets have no reset", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(`${head("HTTP/1.1 200 OK")}hello`);
	});
	const { client, proxy } = await across(t, container);
	client.send(head("GET / HTTP/1.0", COOKIE));
	await client.until("hello");
	(await container.connection(0)).reset();
	await client.closed;
	assert.ok(client.received.endsWith("hello"));
	assert.equal((await proxy.exchange(0)).termination, "SD");
});
