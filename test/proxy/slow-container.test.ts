import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { head, request } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";
import { readSlowly } from "../support/slow-reader.js";

/** More than the sockets between proxy and container buffer. */
const BODY = Buffer.alloc(12_000_000, "x");
const TIMEOUT = { bodyTimeoutMs: 2_000 };
/** As in slow-client.test.ts. */
const RATE = 115_000;
const SLOWLY = 700_000;

const LENGTH = `Content-Length: ${BODY.length}`;
const CHUNKED = "Transfer-Encoding: chunked";
const CHUNKS = Buffer.concat([
	Buffer.from(`${BODY.length.toString(16)}\r\n`),
	BODY,
	Buffer.from("\r\n0\r\n\r\n"),
]);

async function upload(
	t: TestContext,
	first: string,
	field: string,
	body: Buffer,
): Promise<void> {
	let arrived = 0;
	const { client, proxy } = await startRawChain(
		t,
		async (connection) => {
			await readSlowly(connection, RATE, SLOWLY);
			connection.socket.resume();
			arrived = (await connection.request()).body.length;
			connection.send(head("HTTP/1.1 200 OK", "Content-Length: 0"));
		},
		TIMEOUT,
	);
	client.send(request(first, field)).send(body);
	assert.equal((await client.response()).status, 200);
	assert.equal(arrived, BODY.length);
	assert.equal((await proxy.exchange(0)).termination, "--");
}

test("a container that reads slowly gets the whole body", {
	concurrency: true,
}, async (t) => {
	await Promise.all([
		t.test("a length", (t) => upload(t, "POST /", LENGTH, BODY)),
		t.test("chunks", (t) => upload(t, "PUT /", CHUNKED, CHUNKS)),
	]);
});

test("an upload whose pieces come slowly arrives", async (t) => {
	const { client } = await startRawChain(
		t,
		async (connection) => {
			const { body } = await connection.request();
			connection.send(
				head("HTTP/1.1 200 OK", `Content-Length: ${body.length}`),
			);
			connection.send(body);
		},
		// A stop of this process that takes so long is noticed, and does not count.
		{ bodyTimeoutMs: 1_500 },
	);
	client.send(request("POST /", "Content-Length: 25"));
	for (let sent = 0; sent < 25; sent++) {
		client.send("x");
		await pause(100);
	}
	assert.equal((await client.response()).text, "x".repeat(25));
});

test("an answer whose pieces come slowly arrives", async (t) => {
	const { client } = await startRawChain(
		t,
		async (connection) => {
			await connection.request();
			connection.send(head("HTTP/1.1 200 OK", "Content-Length: 15"));
			for (let sent = 0; sent < 15; sent++) {
				connection.send("x");
				await pause(100);
			}
		},
		{ bodyTimeoutMs: 300 },
	);
	client.send(request("GET /"));
	assert.equal((await client.response()).text, "x".repeat(15));
});
