import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connect, request } from "../../support/client.js";
import { OK, startAnswering } from "../../support/container.js";
import { startChain, startProxy } from "../../support/proxy.js";

const CLOSING =
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const POST = `${request("POST /", "Content-Length: 2")}ab`;

/** After a GET, and more than a second later: how many connections the container has once it got this too. */
async function connectionsAfter(t: TestContext, text: string): Promise<number> {
	const container = await startAnswering(t, OK);
	const slow = await startAnswering(t, CLOSING);
	const { port } = await startProxy(
		t,
		{ abc: container, other: slow },
		{ keepAlive: "always" },
	);
	const client = await connect(t, port);
	await client.send(request("GET /")).response();
	// A connection after Connection: close is waited for a second: that it ends tells that the second is over.
	await client.send(request("GET /").replace("=abc", "=other")).response();
	await (await slow.connection(0)).closed;
	assert.equal((await client.send(text).response()).status, 200);
	return container.connections.length;
}

test("a POST takes a fresh connection where the pooled one was not used for a second", async (t) => {
	assert.equal(await connectionsAfter(t, POST), 2);
});

test("a GET takes the pooled one", async (t) => {
	assert.equal(await connectionsAfter(t, request("GET /")), 1);
});

test("a POST takes the pooled one where it was used just now", async (t) => {
	const { client, container } = await startChain(t, { keepAlive: "always" });
	for (const text of [request("GET /"), POST, POST])
		assert.equal((await client.send(text).response()).status, 200);
	assert.equal(container.connections.length, 1);
});
