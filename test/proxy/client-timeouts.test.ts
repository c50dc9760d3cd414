import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startChain, startClient, startRawChain } from "../support/proxy.js";
import { expectAnswer } from "./own-answer.js";

/** A stop of this process that takes so long is noticed, and does not count. */
const LIMIT_MS = 1_500;
const SLOW_HEAD = { headTimeoutMs: LIMIT_MS };
const SLOW = {
	status: 408,
	text: /^The request did not arrive in time/,
	closes: true,
};

for (const bytes of ["G", "GET / HTTP/1.1\r\nHost: a\r\n"])
	test(`408 and close for a head of which only ${bytes.length} bytes came`, async (t) => {
		const { proxy, client } = await startClient(t, {}, SLOW_HEAD);
		await expectAnswer(client.send(bytes), SLOW);
		assert.equal((await proxy.exchange(0)).termination, "cR");
	});

for (const bytes of ["", "\r\n"])
	test(`a connection that sent ${bytes.length} bytes closes without an answer`, async (t) => {
		const { proxy, client } = await startClient(t, {}, SLOW_HEAD);
		client.send(bytes);
		assert.equal(await client.closed, "end");
		assert.equal(client.received, "");
		assert.deepEqual(proxy.exchanges, []);
	});

test("bytes that trickle in do not extend the time", async (t) => {
	const { client } = await startClient(t, {}, SLOW_HEAD);
	client.send("GET / HTTP/1.1\r\n");
	const trickle = setInterval(() => client.send("A: b\r\n"), 20);
	t.after(() => clearInterval(trickle));
	const { status } = await client.response();
	clearInterval(trickle);
	assert.equal(status, 408);
});

test("the second head on a connection has its own time limit", async (t) => {
	const { client } = await startChain(t, SLOW_HEAD);
	const { status } = await client.send(request("GET /")).response();
	assert.equal(status, 200);
	await expectAnswer(client.send("GET /second"), SLOW);
});

test("a request that is being answered is not the client's delay", async (t) => {
	let answer = () => {};
	const { client, container, proxy } = await startChain(t, {
		answer: (_request, connection) => {
			answer = () =>
				connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
			return "";
		},
		...SLOW_HEAD,
	});
	client.send(request("GET /"));
	await container.request(0);
	const other = await connect(t, proxy.port);
	await other.closed;
	answer();
	assert.equal((await client.response()).status, 200);
});

const SLOW_BODY = { bodyTimeoutMs: LIMIT_MS };

for (const [name, field, part] of [
	["length", "Content-Length: 9", "abc"],
	["chunks", "Transfer-Encoding: chunked", "3\r\nabc\r\n"],
	["length, nothing sent", "Content-Length: 9", ""],
] as const)
	test(`408 and close for a body that stops: ${name}`, async (t) => {
		const { client, container, proxy } = await startRawChain(
			t,
			undefined,
			SLOW_BODY,
		);
		client.send(request("POST /", field) + part);
		await expectAnswer(client, SLOW);
		assert.equal((await proxy.exchange(0)).termination, "cR");
		await (await container.connection(0)).closed;
	});

test("time in which the container does not read is not the client's", async (t) => {
	const { client, proxy } = await startRawChain(
		t,
		(connection) => {
			connection.socket.pause();
		},
		SLOW_BODY,
	);
	client.send(request("POST /", "Content-Length: 40000000"));
	client.send(Buffer.alloc(40_000_000));
	const { status } = await client.response();
	assert.equal(status, 504);
	assert.equal((await proxy.exchange(0)).termination, "sH");
});

test("a connection between two requests closes without an answer after --idle-timeout", async (t) => {
	const { client, proxy } = await startChain(t, { idleTimeoutMs: 200 });
	await client.send(request("GET /")).response();
	const bytes = client.receivedBytes;
	assert.equal(await client.closed, "end");
	assert.equal(client.receivedBytes, bytes);
	assert.equal(proxy.exchanges.length, 1);
});
