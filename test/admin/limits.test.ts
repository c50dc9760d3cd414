import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startWatched } from "../support/admin.js";
import { connect, head, values } from "../support/client.js";

/** Milliseconds between two bytes of a client that drips. */
const DRIP_MS = 100;

test("an oversized head is 431", async (t) => {
	const { ask } = await startWatched(t);
	const large = await ask("/healthz", `X-Large: ${"x".repeat(20_000)}`);
	assert.equal(large.status, 431);
	const long = await ask(`/healthz?${"x".repeat(20_000)}`);
	assert.equal(long.status, 431);
	assert.deepEqual(values(long.headers, "X-Content-Type-Options"), ["nosniff"]);
});

test("a body is refused before it is read, and the connection ends", async (t) => {
	const { port } = await startWatched(t);
	for (const line of [
		"Content-Length: 1000000",
		"Transfer-Encoding: chunked",
	]) {
		const client = await connect(t, port);
		client.send(head("GET /routes HTTP/1.1", "Host: localhost", line));
		assert.equal((await client.response()).status, 413, line);
		await client.closed;
	}
});

test("a request that arrives too slowly gets 408", async (t) => {
	const { port } = await startWatched(t);
	const client = await connect(t, port);
	client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
	while (client.ending === undefined) {
		client.send("x");
		await pause(DRIP_MS);
	}
	assert.match(client.received, /^HTTP\/1\.1 408 /);
});

test("a client that sends nothing is disconnected", async (t) => {
	const { port } = await startWatched(t);
	const silent = await connect(t, port);
	await silent.closed;
});

test("bytes that are not HTTP are refused and do no harm", async (t) => {
	const { port, ask } = await startWatched(t);
	for (const bytes of ["\x16\x03\x01\x02\x00\r\n\r\n", "GET\r\n\r\n"]) {
		const client = await connect(t, port);
		client.send(bytes);
		assert.equal((await client.response()).status, 400);
	}
	const gone = await connect(t, port);
	gone.send("GET /healthz HT").reset();
	assert.equal((await ask("/healthz")).status, 200);
});

test("connections beyond the limit are closed, and open ones are kept", async (t) => {
	const { port } = await startWatched(t);
	const first = await connect(t, port);
	first.send(head("GET /healthz HTTP/1.1", "Host: localhost"));
	assert.equal((await first.response()).status, 200);
	const many = await Promise.all(
		Array.from({ length: 70 }, () => connect(t, port)),
	);
	await Promise.any(many.slice(60).map((client) => client.closed));
	first.send(head("GET /healthz HTTP/1.1", "Host: localhost"));
	assert.equal((await first.response()).status, 200);
});
