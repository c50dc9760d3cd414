import assert from "node:assert/strict";
import { test } from "node:test";
import { request, UPGRADE, values } from "../../support/client.js";
import { startRawChain } from "../../support/proxy.js";
import { SWITCHED } from "./open-tunnel.js";

const [CONNECTION = "", , ...HANDSHAKE] = UPGRADE;

for (const lines of [
	["Upgrade: h2c, websocket"],
	["Upgrade: WebSocket ,\tfoo/1"],
	["Upgrade: foo/1,,WEBSOCKET,"],
	["Upgrade: h2c", "Upgrade: websocket"],
	["upgrade: websocket", "UPGRADE: h2c"],
	["Upgrade:", "Upgrade: foo, websocket", "Upgrade: websocket"],
])
	test(`the container is asked for websocket alone by ${lines.join(" | ")}`, async (t) => {
		const { client } = await startRawChain(t, async (connection) => {
			const { headers } = await connection.request();
			assert.deepEqual(values(headers, "Upgrade"), ["websocket"]);
			assert.deepEqual(values(headers, "Connection"), ["Upgrade"]);
			connection.send(SWITCHED);
			connection.send(await connection.take(4));
		});
		client.send(request("GET /ws", CONNECTION, ...lines, ...HANDSHAKE));
		const { status, headers } = await client.response();
		assert.equal(status, 101);
		assert.deepEqual(values(headers, "Upgrade"), ["websocket"]);
		assert.equal((await client.send("ping").take(4)).toString(), "ping");
	});

test("a container that agrees to another protocol of the list opens no tunnel", async (t) => {
	const { client } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send(SWITCHED.replace("websocket", "h2c"));
	});
	const list = "Upgrade: h2c, websocket";
	client.send(request("GET /ws", CONNECTION, list, ...HANDSHAKE));
	assert.equal((await client.response()).status, 502);
	assert.equal(await client.closed, "end");
});
