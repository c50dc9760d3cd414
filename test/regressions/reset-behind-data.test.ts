import assert from "node:assert/strict";
import { test } from "node:test";
import { startBackend } from "../support/backend.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { COOKIE, head, request, upgrade } from "../support/request-text.js";

const SWITCHED = head(
	"HTTP/1.1 101 Switching Protocols",
	"Connection: Upgrade",
	"Upgrade: websocket",
);

// A reset that is there together with the bytes before it was taken for an end in good order: what ends with its
// connection then seemed whole.
for (const [version, ask] of [
	["1.1", request("GET /")],
	["1.0", head("GET / HTTP/1.0", COOKIE)],
] as const)
	test(`a body that a reset cuts is not whole for an HTTP/${version} client`, async (t) => {
		const container = await startBackend(t, async (connection) => {
			await connection.request();
			connection.send(`HTTP/1.0 200 OK\r\n\r\n${"x".repeat(1_000)}`);
			connection.reset();
		});
		const proxy = await startProxy(t, { abc: container });
		const client = await connect(t, proxy.port);
		client.send(ask);
		const ending = await client.closed;
		assert.equal(ending, version === "1.0" ? "reset" : "end");
		assert.ok(!client.received.endsWith("0\r\n\r\n"));
		assert.equal((await proxy.exchange(0)).termination, "SD");
	});

test("a tunnel that a reset ends is over at once", async (t) => {
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
