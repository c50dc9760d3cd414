import assert from "node:assert/strict";
import { test } from "node:test";
import { SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import {
	anonymous,
	COOKIE,
	head,
	request,
	upgrade,
} from "../support/client.js";
import { startRawChain } from "../support/proxy.js";

const TO_H2C = SWITCHED.replace("websocket", "h2c");
const TO_NOTHING = head("HTTP/1.1 101 Switching Protocols");

for (const [name, text, answer] of [
	["a plain GET", request("GET /"), SWITCHED],
	["a plain GET, to no protocol", request("GET /"), TO_NOTHING],
	["a POST", `${request("POST /", "Content-Length: 2")}ab`, SWITCHED],
	["an HTTP/1.0 GET", head("GET / HTTP/1.0", COOKIE), SWITCHED],
	["h2c", request("GET /", "Connection: Upgrade", "Upgrade: h2c"), TO_H2C],
	["an upgrade, to another protocol", upgrade(), TO_H2C],
	["an upgrade, to no protocol", upgrade(), TO_NOTHING],
	[
		"an upgrade, to two protocols",
		upgrade(),
		SWITCHED.replace("websocket", "websocket, h2c"),
	],
] as const)
	test(`a 101 that was not asked for (RFC 9110 15.2.2) is 502 and opens no tunnel: ${name}`, async (t) => {
		const { client, container, proxy } = await startRawChain(
			t,
			async (connection) => {
				await connection.request();
				connection.send(`${answer}\x81\x04evil`);
			},
		);
		const { status, text: body } = await client.send(text).response();
		assert.deepEqual([status, body], [502, "Proxy target missing"]);
		client.send(anonymous("GET /smuggled"));
		const upstream = await container.connection(0);
		await upstream.closed;
		assert.ok(!upstream.received.includes("/smuggled"));
		assert.equal((await proxy.exchange(0)).termination, "PH");
		assert.ok(!client.received.includes("evil"));
	});
