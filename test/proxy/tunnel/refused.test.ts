import assert from "node:assert/strict";
import { test } from "node:test";
import { request, upgrade, values } from "../../support/client.js";
import { startChain } from "../../support/proxy.js";

for (const [name, refusal, status] of [
	[
		"a length",
		"HTTP/1.1 403 Forbidden\r\nX-Reason: xsrf\r\nContent-Length: 2\r\n\r\nno",
		403,
	],
	[
		"chunks",
		"HTTP/1.1 400 Bad Request\r\nX-Reason: xsrf\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
		400,
	],
] as const)
	test(`an upgrade refused with ${name} gets that answer, and its connection ends`, async (t) => {
		const { client } = await startChain(t, { answer: refusal });
		const refused = await client.send(upgrade("/ws")).response();
		assert.deepEqual([refused.status, refused.text], [status, "no"]);
		assert.deepEqual(values(refused.headers, "X-Reason"), ["xsrf"]);
		assert.deepEqual(values(refused.headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
	});

test("an upgrade refused by closing ends the client's connection the same way", async (t) => {
	const { client } = await startChain(t, {
		answer: (_request, connection) => {
			connection.socket.end("HTTP/1.0 404 Not Found\r\n\r\ngone");
			return "";
		},
	});
	const { status, text } = await client.send(upgrade()).response();
	assert.deepEqual([status, text], [404, "gone"]);
});

test("an upgrade is sent on a fresh connection, even if others are idle", async (t) => {
	const { client, container } = await startChain(t, { keepAlive: "always" });
	await client.send(request("GET /")).response();
	await client.send(upgrade()).response();
	assert.equal(container.connections.length, 2);
});
