import assert from "node:assert/strict";
import { test } from "node:test";
import { SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import { COOKIE, connect, head, request, upgrade } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startProxy, startRawChain } from "../support/proxy.js";

// A reset that arrived together with the bytes before it was taken for a regular end, so that a body which ends with its
// connection looked complete.
for (const [version, ask] of [
	["1.1", request("GET /")],
	["1.0", head("GET / HTTP/1.0", COOKIE)],
] as const)
	test(`a body that a reset cuts is visibly cut for an HTTP/${version} client`, async (t) => {
		const { client, proxy } = await startRawChain(t, async (connection) => {
			await connection.request();
			connection.send(`HTTP/1.0 200 OK\r\n\r\n${"x".repeat(1_000)}`);
			connection.reset();
		});
		client.send(ask);
		const ending = await client.closed;
		assert.equal(ending, version === "1.0" ? "reset" : "end");
		assert.ok(!client.received.endsWith("0\r\n\r\n"));
		assert.equal((await proxy.exchange(0)).termination, "SD");
	});

test("a reset ends a tunnel at once", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(SWITCHED).send("last words");
		connection.reset();
	});
	const proxy = await startProxy(t, { abc: container });
	const client = await connect(t, proxy.port, { halfOpen: true });
	client.send(upgrade());
	assert.equal((await proxy.exchange(0)).termination, "ST");
});
