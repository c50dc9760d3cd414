import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { COOKIE, head, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

const LENGTH = `${head("HTTP/1.1 200 OK", "Content-Length: 5")}hello`;
const CHUNKS = `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n`;

async function start(t: TestContext, answer: string, closes = false) {
	const { client, container } = await startChain(t, {
		answer: (_request, connection) => {
			connection.send(answer);
			if (closes) connection.end();
			return "";
		},
	});
	return { container, client };
}

function ask(...lines: string[]): string {
	return head("GET /a HTTP/1.0", COOKIE, ...lines);
}

test("chunk framing and trailers are removed for an HTTP/1.0 client", async (t) => {
	const { client } = await start(t, CHUNKS);
	const response = await client.send(ask("Connection: keep-alive")).response();
	assert.deepEqual(values(response.headers, "Transfer-Encoding"), []);
	assert.deepEqual(values(response.headers, "Connection"), ["close"]);
	assert.equal(response.framing, "close");
	assert.equal(response.text, "hello");
});

test("a body that ends with the container's connection ends with the client's", async (t) => {
	const { client } = await start(t, `${head("HTTP/1.1 200 OK")}hello`, true);
	const response = await client.send(ask()).response();
	assert.equal(response.framing, "close");
	assert.equal(response.text, "hello");
});

test("its connection ends with the answer unless it asks to keep it", async (t) => {
	const { client } = await start(t, LENGTH);
	const response = await client.send(ask()).response();
	assert.deepEqual(values(response.headers, "Connection"), ["close"]);
	assert.equal(await client.closed, "end");
});

test("keep-alive is granted if the answer has a length", async (t) => {
	const { client } = await start(t, LENGTH);
	for (let round = 0; round < 3; round++) {
		const keep = "Connection: Keep-Alive";
		const response = await client.send(ask(keep)).response();
		assert.deepEqual(values(response.headers, "Connection"), ["keep-alive"]);
		assert.equal(response.text, "hello");
	}
});

test("the proxy's own answers keep its connection too", async (t) => {
	const { client } = await start(t, LENGTH);
	client.send(head("GET / HTTP/1.0", "Connection: keep-alive"));
	const { status, headers } = await client.response();
	assert.equal(status, 403);
	assert.deepEqual(values(headers, "Connection"), ["keep-alive"]);
	assert.equal((await client.send(ask()).response()).status, 200);
});

test("without a Host the container gets its own address, in HTTP/1.1", async (t) => {
	const { container, client } = await start(t, LENGTH);
	await client.send(ask()).response();
	const [request] = container.requests;
	assert.equal(request?.version, "1.1");
	assert.deepEqual(values(request?.headers ?? [], "Host"), [
		`127.0.0.1:${container.port}`,
	]);
});
