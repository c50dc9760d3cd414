import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";

/** More than the sockets between proxy and client buffer. */
const BYTES = 40_000_000;

// Its connection ended as after a complete answer, which an HTTP/1.0 client recognises by nothing else.
test("a client that does not read for too long sees that its answer is cut", async (t) => {
	const { client, proxy } = await startRawChain(
		t,
		async (connection) => {
			await connection.request();
			connection.send("HTTP/1.0 200 OK\r\n\r\n");
			connection.send(Buffer.alloc(BYTES, "x"));
			connection.end();
		},
		{ bodyTimeoutMs: 300 },
	);
	client.send(head("GET / HTTP/1.0", COOKIE));
	client.socket.pause();
	const { termination, bytesToClient } = await proxy.exchange(0);
	assert.equal(termination, "cD");
	assert.ok(bytesToClient < BYTES);
	client.socket.resume();
	assert.equal(await client.closed, "reset");
});
