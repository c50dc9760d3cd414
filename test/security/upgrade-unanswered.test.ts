import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, ask, request, upgrade } from "../support/client.js";
import { OK } from "../support/container.js";
import { startRawChain } from "../support/proxy.js";

const FOREIGN = anonymous("GET /smuggled");

test("an upgrade whose 101 never came opens no tunnel: later bytes wait, and are never read", async (t) => {
	const {
		client,
		container,
		proxy: { port },
	} = await startRawChain(t, async (connection) => {
		const { target } = await connection.request();
		if (target === "/other") connection.send(OK);
	});
	client.send(upgrade("/ws"));
	const first = await container.connection(0);
	await first.until("\r\n\r\n");
	const head = first.received;
	client.send(FOREIGN);
	await ask(t, port, request("GET /other"));
	assert.equal(first.received, head);

	first.send(OK);
	assert.equal((await client.response()).text, "ok");
	assert.equal(await client.closed, "end");
	assert.equal(client.received.match(/HTTP\/1\.1 \d/g)?.length, 1);
	assert.equal(first.received, head);
});

test("an upgrade whose 101 never came ends with the container's connection", async (t) => {
	const { client, container } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.end();
	});
	client.send(upgrade("/ws") + FOREIGN);
	assert.equal((await client.response()).status, 502);
	assert.equal(await client.closed, "end");
	const [first] = container.connections;
	assert.ok(!first?.received.includes("/smuggled"));
	assert.equal(container.connections.length, 1);
});
