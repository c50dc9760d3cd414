import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { UPSTREAM_IDLE_MS } from "../../../src/limits.js";
import { request } from "../../support/client.js";
import type { Answering } from "../../support/container.js";
import { startChain } from "../../support/proxy.js";

/** A container that was asked twice, and says how long it keeps a connection. */
async function askTwice(t: TestContext, field: string): Promise<Answering> {
	const { client, container } = await startChain(t, {
		answer: `HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 2\r\n\r\nok`,
		keepAlive: "always",
	});
	await client.send(request("GET /")).response();
	await client.send(request("GET /")).response();
	return container;
}

for (const field of ["Keep-Alive: timeout=1", "Keep-Alive: max=9, timeout=0"])
	test(`a container that says ${field} gets each request on a new connection`, async (t) => {
		const { connections } = await askTwice(t, field);
		assert.equal(connections.length, 2);
		for (const connection of connections)
			assert.equal(await connection.closed, "end");
	});

test("an idle connection ends a second before the container's Keep-Alive: timeout", async (t) => {
	const asked = performance.now();
	const { connections } = await askTwice(t, "Keep-Alive: timeout=3, max=100");
	assert.equal(connections.length, 1);
	assert.equal(await connections[0]?.closed, "end");
	const kept = performance.now() - asked;
	assert.ok(kept >= 2_000 && kept < UPSTREAM_IDLE_MS, `${kept} ms`);
});

test("an idle connection of a container that says nothing ends before five seconds", async (t) => {
	const asked = performance.now();
	const { connections } = await askTwice(t, "X: y");
	assert.equal(await connections[0]?.closed, "end");
	const kept = performance.now() - asked;
	assert.ok(kept >= UPSTREAM_IDLE_MS && kept < 15_000, `${kept} ms`);
	assert.ok(UPSTREAM_IDLE_MS < 5_000);
});
