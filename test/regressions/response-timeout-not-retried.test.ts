import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startChain } from "../support/proxy.js";

// A timeout on a reused connection counted as a dead connection, and the request was sent twice.
test("a request is not repeated when a reused connection is too slow", async (t) => {
	const asked: string[] = [];
	const { client } = await startChain(t, {
		answer: ({ target }) => {
			asked.push(target);
			return target === "/slow"
				? ""
				: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
		},
		keepAlive: "always",
		responseTimeoutMs: 300,
	});
	await client.send(request("GET /quick")).response();
	const { status } = await client.send(request("GET /slow")).response();
	assert.equal(status, 504);
	assert.deepEqual(asked, ["/quick", "/slow"]);
});
