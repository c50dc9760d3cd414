import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

// A timeout on a reused connection counted as a dead connection, and the request was sent twice.
test("a request is not repeated when a reused connection is too slow", async (t) => {
	const asked: string[] = [];
	const container = await startAnswering(t, ({ target }) => {
		asked.push(target);
		return target === "/slow"
			? ""
			: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	});
	const proxy = await startProxy(
		t,
		{ abc: container },
		{ keepAlive: "always", responseTimeoutMs: 300 },
	);
	const client = await connect(t, proxy.port);
	await client.send(request("GET /quick")).response();
	const { status } = await client.send(request("GET /slow")).response();
	assert.equal(status, 504);
	assert.deepEqual(asked, ["/quick", "/slow"]);
});
