import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, upgrade } from "../../support/client.js";
import { startAnswering, startBackend } from "../../support/container.js";
import { startClient, startRawChain } from "../../support/proxy.js";
import { SWITCHED } from "./open-tunnel.js";

const FRAME = "\x81\x05hello";

test("a frame in the packet of the 101 arrives after it", async (t) => {
	const { client } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send(SWITCHED + FRAME);
	});
	assert.equal((await client.send(upgrade()).response()).status, 101);
	assert.equal((await client.take(7)).toString("latin1"), FRAME);
});

test("bytes right after an upgrade wait for the 101", async (t) => {
	const container = await startBackend(t);
	const other = await startAnswering(t);
	const {
		proxy: { port },
		client,
	} = await startClient(t, { abc: container, other });
	client.send(upgrade() + FRAME);
	const upstream = await container.connection(0);
	await upstream.request();
	await ask(t, port, request("GET /").replace("=abc", "=other"));
	assert.ok(upstream.received.endsWith("\r\n\r\n"));
	upstream.send(SWITCHED);
	assert.equal((await upstream.take(7)).toString("latin1"), FRAME);
	assert.equal((await client.response()).status, 101);
});

/** More than is kept of what follows a request: the client is not read on before the 101. */
const EARLY = "x".repeat(300_000);

test("any amount of data right after an upgrade arrives after the 101", async (t) => {
	const { client, container } = await startRawChain(t);
	client.send(upgrade() + EARLY);
	const server = await container.connection(0);
	await server.request();
	assert.ok(server.received.endsWith("\r\n\r\n"));
	server.send(SWITCHED);
	assert.equal((await client.response()).status, 101);
	await server.until(EARLY);
});
