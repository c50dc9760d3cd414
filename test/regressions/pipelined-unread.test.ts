import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, request } from "../support/client.js";
import { startChain } from "../support/proxy.js";
import { flushed } from "../support/wire.js";

/** More than the sockets between client and proxy buffer. */
const BYTES = 16_000_000;

// The next request was started although the client did not read the earlier answers: memory grew without limit, for clients
// without a session too, and no timeout ended it.
for (const [name, text] of [
	["the proxy's own answers", anonymous("GET /")],
	["a container's answers", request("GET /")],
] as const)
	test(`a client that pipelines and never reads is not read any further: ${name}`, async (t) => {
		const body = "x".repeat(3_000);
		const { client, proxy } = await startChain(t, {
			answer: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
			keepAlive: "always",
			bodyTimeoutMs: 1_000,
		});
		client.socket.pause();
		assert.equal(await flushed(client, Buffer.alloc(BYTES, text)), false);
		assert.ok(proxy.exchanges.length < BYTES / text.length / 2);
	});
