import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

const CHUNKS = "2;a\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n";

for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET", "PROPFIND"])
	for (const [field, body] of [
		["Content-Length: 5", "hello"],
		["Transfer-Encoding: chunked", CHUNKS],
	] as const)
		test(`${method} with ${field}: the container gets the body as framed`, async (t) => {
			const { client, container } = await startChain(t);
			const text = request(`${method} /`, field) + body;
			client.send(text + request("GET /next"));
			await client.response();
			await client.response();
			const [first, next] = container.requests;
			assert.equal(first?.method, method);
			assert.equal(first?.body.toString(), "hello");
			const chunked = body === CHUNKS;
			assert.equal(first?.framing, chunked ? "chunked" : "length");
			assert.deepEqual(first?.trailers, chunked ? [["X-Sum", "7"]] : []);
			assert.equal(next?.target, "/next");
		});

test("a request byte by byte is the same request", async (t) => {
	const { client, container } = await startChain(t);
	client.socket.setNoDelay(true);
	const text = request("POST /a?b", "Transfer-Encoding: chunked") + CHUNKS;
	for (const byte of text) {
		client.send(byte);
		await new Promise((resolve) => setImmediate(resolve));
	}
	await client.response();
	const [received] = container.requests;
	assert.equal(received?.target, "/a?b");
	assert.equal(received?.body.toString(), "hello");
});

test("an empty body has the fields that were sent", async (t) => {
	const { client, container } = await startChain(t);
	await client.send(request("POST /", "Content-Length: 0")).response();
	await client.send(request("POST /")).response();
	const lengths = container.requests.map(({ headers }) =>
		values(headers, "Content-Length"),
	);
	assert.deepEqual(lengths, [["0"], []]);
});

test("an HTTP/1.0 client's body", async (t) => {
	const { client, container } = await startChain(t);
	const text = head("POST / HTTP/1.0", COOKIE, "Content-Length: 5");
	await client.send(`${text}hello`).response();
	assert.equal(container.requests[0]?.body.toString(), "hello");
});
