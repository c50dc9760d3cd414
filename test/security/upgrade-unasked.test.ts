import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, request, upgrade } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";

const switched = (protocol: string): string =>
	`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

for (const [name, asked, answer] of [
	["a plain request", request("GET /a"), switched("websocket")],
	["an upgrade to h2c", upgrade("/a"), switched("h2c")],
	[
		"a POST that asks for one",
		upgrade("/a").replace("GET", "POST"),
		switched("websocket"),
	],
] as const)
	test(`a 101 that was not asked for (RFC 9110 15.2.2) opens no tunnel: ${name}`, async (t) => {
		const { client, container } = await startRawChain(t, async (connection) => {
			await connection.request();
			connection.send(answer);
		});
		client.send(asked);
		assert.equal((await client.response()).status, 502);
		client.send(anonymous("GET /smuggled"));
		const [first] = container.connections;
		await first?.closed;
		assert.ok(!first?.received.includes("/smuggled"));
		assert.ok(!client.received.includes("101"));
	});
