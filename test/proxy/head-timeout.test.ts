import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startChain, startProxy } from "../support/proxy.js";
import { expectAnswer } from "./own-answer.js";

const FLAGS = { headTimeoutMs: 200 };
const SLOW = {
	status: 408,
	text: /^The request did not arrive in time/,
	closes: true,
};

for (const bytes of ["G", "GET / HTTP/1.1\r\nHost: a\r\n"])
	test(`408 and close for a head of which only ${bytes.length} bytes came`, async (t) => {
		const proxy = await startProxy(t, {}, FLAGS);
		const client = await connect(t, proxy.port);
		await expectAnswer(client.send(bytes), SLOW);
		assert.equal((await proxy.exchange(0)).termination, "cR");
	});

for (const bytes of ["", "\r\n"])
	test(`a connection that sent ${bytes.length} bytes closes without a word`, async (t) => {
		const proxy = await startProxy(t, {}, FLAGS);
		const client = await connect(t, proxy.port);
		client.send(bytes);
		assert.equal(await client.closed, "end");
		assert.equal(client.received, "");
		assert.deepEqual(proxy.exchanges, []);
	});

test("bytes that trickle in do not buy time", async (t) => {
	const proxy = await startProxy(t, {}, FLAGS);
	const client = await connect(t, proxy.port);
	client.send("GET / HTTP/1.1\r\n");
	const trickle = setInterval(() => client.send("A: b\r\n"), 20);
	t.after(() => clearInterval(trickle));
	const { status } = await client.response();
	clearInterval(trickle);
	assert.equal(status, 408);
});

test("the second head on a connection has its own time", async (t) => {
	const { client } = await startChain(t, FLAGS);
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
		...FLAGS,
	});
	client.send(request("GET /"));
	await container.request(0);
	const other = await connect(t, proxy.port);
	await other.closed;
	answer();
	assert.equal((await client.response()).status, 200);
});
