import assert from "node:assert/strict";
import { test } from "node:test";
import { head, upgrade, values } from "../../support/client.js";
import { startRawChain } from "../../support/proxy.js";

const ASKED = [
	["Sec-WebSocket-Protocol", "v1.kernel.websocket.jupyter.org, v0"],
	["Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"],
	["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
	["Sec-WebSocket-Version", "13"],
	["Origin", "https://galaxy.example"],
	["Upgrade", "websocket"],
	["Connection", "Upgrade"],
] as const;

const AGREED = [
	["Sec-WebSocket-Protocol", "v1.kernel.websocket.jupyter.org"],
	["Sec-WebSocket-Extensions", "permessage-deflate"],
	["Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
	["Upgrade", "websocket"],
	["Connection", "Upgrade"],
] as const;

test("subprotocol, extensions and key pass in both directions, each once", async (t) => {
	const lines = AGREED.map(([name, value]) => `${name}: ${value}`);
	const { client } = await startRawChain(t, async (connection) => {
		const { headers } = await connection.request();
		for (const [name, value] of ASKED)
			assert.deepEqual(values(headers, name), [value]);
		connection.send(head("HTTP/1.1 101 Switching Protocols", ...lines));
	});
	const more = ASKED.slice(0, 2).map(([name, value]) => `${name}: ${value}`);
	client.send(upgrade("/ws", ...more, "Origin: https://galaxy.example"));
	const { status, headers } = await client.response();
	assert.equal(status, 101);
	for (const [name, value] of AGREED)
		assert.deepEqual(values(headers, name), [value]);
	assert.deepEqual(values(headers, "Content-Length"), []);
});

test("the fields of an upgrade are read in any case, and Connection as a list", async (t) => {
	const { client } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send(
			head(
				"HTTP/1.1 101 Switching Protocols",
				"connection: upgrade",
				"upgrade: WebSocket",
			),
		);
		connection.send(await connection.take(4));
	});
	client.send(
		upgrade()
			.replace("Connection: Upgrade", "Connection: keep-alive, UPGRADE")
			.replace("Upgrade: websocket", "Upgrade: WebSocket"),
	);
	assert.equal((await client.response()).status, 101);
	assert.equal((await client.send("ping").take(4)).toString(), "ping");
});
