import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { anonymous, request } from "../support/request-text.js";

// Its request had begun within the end of the one before, where nobody set a deadline.
test("a pipelined body that does not come ends the connection", async (t) => {
	const container = await startAnswering(
		t,
		() => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	);
	const proxy = await startProxy(
		t,
		{ abc: container },
		{ bodyTimeoutMs: 300, idleTimeoutMs: 0, headTimeoutMs: 0 },
	);
	const client = await connect(t, proxy.port);
	client.send(
		`${request("GET /a")}${anonymous("POST /b", "Content-Length: 10")}5byte`,
	);
	await client.closed;
	assert.match(client.received, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 403 /);
});
