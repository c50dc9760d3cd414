import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { flushed } from "../support/flushed.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { anonymous, request } from "../support/request-text.js";

/** More than the sockets between client and proxy hold. */
const BYTES = 16_000_000;

// The next request was begun while the client did not take the answers to those before: memory grew without a bound, for
// clients without a session too, and nobody's time was ever over.
for (const [name, text] of [
	["the proxy's own answers", anonymous("GET /")],
	["a container's answers", request("GET /")],
] as const)
	test(`a client that pipelines and never reads is read no more: ${name}`, async (t) => {
		const body = "x".repeat(3_000);
		const container = await startAnswering(
			t,
			`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
		);
		const flags = { keepAlive: "always", bodyTimeoutMs: 1_000 } as const;
		const proxy = await startProxy(t, { abc: container }, flags);
		const client = await connect(t, proxy.port);
		client.socket.pause();
		assert.equal(await flushed(client, Buffer.alloc(BYTES, text)), false);
		assert.ok(proxy.exchanges.length < BYTES / text.length / 2);
	});
