import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, COOKIE, head, request, values } from "../support/client.js";
import { startChain, startClient, startRawChain } from "../support/proxy.js";

const WAITING = ["Content-Length: 5", "Expect: 100-continue"];

test("the container's 100 goes to the client, the body to the container", async (t) => {
	const { client, container } = await startChain(t);
	client.send(request("POST /", ...WAITING));
	assert.equal((await client.response()).status, 100);
	assert.equal(container.requests.length, 0);
	assert.equal((await client.send("hello").response()).status, 200);
	assert.equal(container.requests[0]?.body.toString(), "hello");
	assert.equal((await client.send(request("GET /")).response()).status, 200);
});

test("after a final answer instead of 100 the body is not waited for", async (t) => {
	const { client } = await startRawChain(t, async (connection) => {
		await connection.until("\r\n\r\n");
		connection.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
	});
	client.send(request("POST /", ...WAITING));
	const { status, headers } = await client.response();
	assert.equal(status, 417);
	assert.deepEqual(values(headers, "Connection"), ["close"]);
	assert.equal(await client.closed, "end");
});

test("a client that the proxy refuses is not asked for its body", async (t) => {
	const { client } = await startClient(t, {});
	client.send(anonymous("POST /", ...WAITING));
	assert.equal((await client.response()).status, 403);
	assert.equal(await client.closed, "end");
});

test("an HTTP/1.0 client is sent no 100", async (t) => {
	const { client } = await startChain(t);
	client.send(`${head("POST / HTTP/1.0", COOKIE, ...WAITING)}hello`);
	assert.equal((await client.response()).status, 200);
});
