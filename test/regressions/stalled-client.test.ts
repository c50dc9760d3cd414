import assert from "node:assert/strict";
import { test } from "node:test";
import { startBackend } from "../support/backend.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { COOKIE, head } from "../support/request-text.js";

/** More than the sockets between proxy and client hold. */
const BYTES = 40_000_000;

// Its connection was ended as if the answer were whole, which nothing else tells an HTTP/1.0 client.
test("a client that does not read for too long sees that its answer is cut", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send("HTTP/1.0 200 OK\r\n\r\n");
		connection.send(Buffer.alloc(BYTES, "x"));
		connection.end();
	});
	const proxy = await startProxy(t, { abc: container }, { bodyTimeoutMs: 300 });
	const client = await connect(t, proxy.port);
	client.send(head("GET / HTTP/1.0", COOKIE));
	client.socket.pause();
	const { termination, bytesToClient } = await proxy.exchange(0);
	assert.equal(termination, "cD");
	assert.ok(bytesToClient < BYTES);
	client.socket.resume();
	assert.equal(await client.closed, "reset");
});
