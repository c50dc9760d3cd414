import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type RawClient, request } from "../../support/client.js";
import {
	type Backend,
	type BackendConnection,
	OK,
} from "../../support/container.js";
import { startRawChain } from "../../support/proxy.js";

/** A client whose next request is sent on a pooled connection, which then dies by `die`; fresh connections do `next`. */
async function startDying(
	t: TestContext,
	die: (connection: BackendConnection) => unknown,
	next: (connection: BackendConnection) => unknown,
): Promise<{ container: Backend; client: RawClient }> {
	const { client, container } = await startRawChain(
		t,
		async (connection) => {
			const pooled = container.connections[0] === connection;
			await connection.request();
			if (pooled) {
				connection.send(OK);
				await connection.request();
			}
			await (pooled ? die : next)(connection);
		},
		{ keepAlive: "always" },
	);
	await client.send(request("GET /")).response();
	return { container, client };
}

const answer = (connection: BackendConnection) => connection.send(OK);
const reset = (connection: BackendConnection) => connection.reset();
const end = (connection: BackendConnection) => connection.end();

for (const die of [reset, end])
	test(`a GET on a pooled connection that dies (${die.name}) is sent once more`, async (t) => {
		const { container, client } = await startDying(t, die, answer);
		const { status } = await client.send(request("GET /again")).response();
		assert.equal(status, 200);
		assert.equal(container.connections.length, 2);
	});

test("it is sent once more, not twice", async (t) => {
	const { container, client } = await startDying(t, reset, reset);
	client.send(request("GET /again"));
	assert.equal((await client.response()).status, 502);
	assert.equal(container.connections.length, 2);
});

for (const [name, text] of [
	["a HEAD", request("HEAD /")],
	["an OPTIONS", request("OPTIONS /")],
	["a POST", `${request("POST /", "Content-Length: 2")}ab`],
	["a POST without a body", request("POST /", "Content-Length: 0")],
	["a DELETE", request("DELETE /")],
	[
		"a PUT in chunks",
		`${request("PUT /", "Transfer-Encoding: chunked")}0\r\n\r\n`,
	],
	["a GET with a body", `${request("GET /", "Content-Length: 2")}ab`],
] as const)
	test(`${name} is sent once, and on a new connection that never dies idle`, async (t) => {
		const { container, client } = await startDying(t, reset, reset);
		const head = text.startsWith("HEAD");
		assert.equal((await client.send(text).response({ head })).status, 502);
		assert.equal(container.connections.length, 2);
	});

test("a GET is not sent again once the first byte of an answer was there", async (t) => {
	const begin = (connection: BackendConnection) => connection.send("H").end();
	const { container, client } = await startDying(t, begin, answer);
	client.send(request("GET /again"));
	assert.equal((await client.response()).status, 502);
	assert.equal(container.connections.length, 1);
});

test("a GET on a fresh connection that dies is not sent again", async (t) => {
	const { client, container } = await startRawChain(
		t,
		async (connection) => {
			await connection.request();
			connection.reset();
		},
		{ keepAlive: "always" },
	);
	assert.equal((await client.send(request("GET /")).response()).status, 502);
	assert.equal(container.connections.length, 1);
});
