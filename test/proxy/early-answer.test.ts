import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, request, values } from "../support/client.js";
import { startClient, startRawChain } from "../support/proxy.js";
import { flushed } from "../support/wire.js";
import { expectAlive } from "./own-answer.js";

const TOO_LARGE = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
const MB = 1_000_000;

for (const [name, after] of [
	["keeps its connection", (): void => {}],
	["closes", (connection: { end(): void }): void => connection.end()],
] as const)
	for (let size = 5; size <= 15; size += 10)
		test(`413 in the middle of ${size} MB reaches the client, whose connection stays open; the container ${name}`, async (t) => {
			const { client } = await startRawChain(t, async (connection) => {
				await connection.until("\r\n\r\n");
				connection.send(TOO_LARGE);
				connection.socket.pause();
				await new Promise((sent) => connection.socket.write("", sent));
				after(connection);
			});
			client.send(request("POST /", `Content-Length: ${size * MB}`));
			client.send(Buffer.alloc(size * MB));
			const response = await client.response();
			assert.equal(response.status, 413);
			assert.equal(response.text, "no");
			await expectAlive(client);
		});

test("the proxy's own answer in the middle of 5 MB leaves the connection usable", async (t) => {
	const { client } = await startClient(t, {});
	const text = anonymous("POST /", `Content-Length: ${5 * MB}`);
	client.send(text).send(Buffer.alloc(5 * MB));
	assert.equal((await client.response()).status, 403);
	await expectAlive(client);
});

test("if the rest of the body is too large it is not read: the answer arrives, then the end", async (t) => {
	const { client } = await startClient(t, {});
	client.send(anonymous("POST /", `Content-Length: ${17 * MB}`));
	const { status, headers } = await client.response();
	assert.equal(status, 403);
	assert.deepEqual(values(headers, "Connection"), ["close"]);
	assert.equal(await client.closed, "end");
});

test("the rest of a chunked body is limited too", async (t) => {
	const { client } = await startClient(t, {});
	client.send(anonymous("POST /", "Transfer-Encoding: chunked"));
	client.send("4000000\r\n");
	const taken = flushed(client, Buffer.alloc(60 * MB));
	assert.equal((await client.response()).status, 403);
	assert.equal(await taken, false);
});
