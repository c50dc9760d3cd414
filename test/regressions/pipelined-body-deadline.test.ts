import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, request } from "../support/client.js";
import { startChain } from "../support/proxy.js";

// Its request began while the previous one ended, and no deadline was set.
test("a pipelined body that does not arrive ends the connection", async (t) => {
	const { client } = await startChain(t, {
		answer: () => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		bodyTimeoutMs: 300,
		idleTimeoutMs: 0,
		headTimeoutMs: 0,
	});
	client.send(
		`${request("GET /a")}${anonymous("POST /b", "Content-Length: 10")}5byte`,
	);
	await client.closed;
	assert.match(client.received, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 403 /);
});
