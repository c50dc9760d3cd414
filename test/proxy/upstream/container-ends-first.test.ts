import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { UPSTREAM_FIN_MS } from "../../../src/limits.js";
import { type RawClient, request, values } from "../../support/client.js";
import {
	type Backend,
	type BackendConnection,
	OK,
	startBackend,
} from "../../support/container.js";
import { startClient } from "../../support/proxy.js";

const ASK = request("GET /");

/** A finished exchange, whose connection the container has not ended. */
async function startClosing(
	t: TestContext,
): Promise<{ client: RawClient; container: Backend }> {
	const container = await startBackend(
		t,
		async (connection) => {
			const { headers } = await connection.request();
			assert.deepEqual(values(headers, "Connection"), ["close"]);
			connection.send(OK);
		},
		{ halfOpen: true },
	);
	const flags = { keepAlive: "never" } as const;
	const { client } = await startClient(t, { abc: container }, flags);
	await client.send(ASK).response();
	return { client, container };
}

// The side that sends the first FIN has the TIME_WAIT, which the container's monitor counts.
test("after Connection: close the proxy's FIN follows the container's", async (t) => {
	const { client, container } = await startClosing(t);
	let waits: BackendConnection;
	let turn = 0;
	do {
		assert.ok(turn < 9, "the second was over each time");
		waits = await container.connection(turn++);
		await client.send(ASK).response();
		const ends = await container.connection(turn++);
		ends.end();
		assert.equal(await ends.closed, "end");
		await client.send(ASK).response();
		// The proxy's own FIN would come after a second, which a busy machine may take too, and here first.
	} while (waits.ending !== undefined);
});

test("a container that does not end after Connection: close is waited for a second", async (t) => {
	const asked = performance.now();
	const { container } = await startClosing(t);
	const upstream = await container.connection(0);
	assert.equal(await upstream.closed, "end");
	const waited = performance.now() - asked;
	assert.ok(waited >= UPSTREAM_FIN_MS, `${waited} ms`);
});
