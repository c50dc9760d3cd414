import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { COOKIE, head, request } from "../support/client.js";
import type { BackendConnection } from "../support/container.js";
import { startRawChain } from "../support/proxy.js";

const LENGTH = `${head("HTTP/1.1 200 OK", "Content-Length: 9")}hello`;
const CHUNKS = `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}5\r\nhello\r\n`;
const CLOSE = `${head("HTTP/1.1 200 OK")}hello`;
const HTTP_1_1 = request("GET /");
const HTTP_1_0 = head("GET / HTTP/1.0", COOKIE);

type Ending = (connection: BackendConnection) => void;
const FIN: Ending = (connection) => connection.end();
const RST: Ending = (connection) => connection.reset();

/** @returns how the client's connection ended, and what it was sent */
async function cut(t: TestContext, ask: string, answer: string, end: Ending) {
	const { client, container, proxy } = await startRawChain(
		t,
		async (connection) => {
			await connection.request();
			connection.send(answer);
		},
	);
	client.send(ask);
	await client.until("hello");
	end(await container.connection(0));
	const ending = await client.closed;
	assert.equal((await proxy.exchange(0)).termination, "SD");
	return { ending, received: client.received };
}

for (const [how, end] of [
	["a FIN", FIN],
	["a reset", RST],
] as const) {
	test(`${how} before the length: fewer bytes, then the end`, async (t) => {
		const { ending, received } = await cut(t, HTTP_1_1, LENGTH, end);
		assert.equal(ending, "end");
		assert.ok(received.endsWith("\r\n\r\nhello"));
	});

	test(`${how} before the length, for HTTP/1.0: fewer bytes, then the end`, async (t) => {
		const { received } = await cut(t, HTTP_1_0, LENGTH, end);
		assert.match(received, /Content-Length: 9\r\n/);
		assert.ok(received.endsWith("\r\n\r\nhello"));
	});

	test(`${how} within chunks: no last chunk, then the end`, async (t) => {
		const { ending, received } = await cut(t, HTTP_1_1, CHUNKS, end);
		assert.equal(ending, "end");
		assert.ok(received.endsWith("5\r\nhello\r\n"));
	});

	test(`${how} within chunks, for HTTP/1.0: a reset`, async (t) => {
		const { ending } = await cut(t, HTTP_1_0, CHUNKS, end);
		assert.equal(ending, "reset");
	});
}

test("a reset instead of the end that ends a body: no last chunk, then the end", async (t) => {
	const { ending, received } = await cut(t, HTTP_1_1, CLOSE, RST);
	assert.equal(ending, "end");
	assert.ok(received.endsWith("5\r\nhello\r\n"));
});

test("a reset instead of the end that ends a body, for HTTP/1.0: a reset", async (t) => {
	const { ending } = await cut(t, HTTP_1_0, CLOSE, RST);
	assert.equal(ending, "reset");
});

test("chunk framing that breaks: no last chunk, then the end", async (t) => {
	const { client, proxy } = await startRawChain(t, async (connection) => {
		await connection.until("\r\n\r\n");
		connection.send(CHUNKS);
		await connection.until("go on");
		connection.send("x\r\n0\r\n\r\n");
	});
	client.send(request("POST /", "Content-Length: 5"));
	await client.until("hello\r\n");
	client.send("go on");
	assert.equal(await client.closed, "end");
	assert.ok(!client.received.endsWith("0\r\n\r\n"));
	assert.equal((await proxy.exchange(0)).termination, "PD");
});

test("chunk framing that is bad from the start is not an answer at all: 502", async (t) => {
	const { client, proxy } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send(`${CHUNKS}x\r\n0\r\n\r\n`);
	});
	const { status, body } = await client.send(HTTP_1_1).response();
	assert.deepEqual([status, String(body)], [502, "Proxy target missing"]);
	const { termination } = await proxy.exchange(0);
	assert.equal(termination, "PH");
});
