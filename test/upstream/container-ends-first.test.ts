import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { OK } from "../support/answering.js";
import { type BackendConnection, startBackend } from "../support/backend.js";
import { values } from "../support/message.js";
import { startProxy } from "../support/proxy.js";
import { connect, type RawClient } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

const ASK = request("GET /");

/** An exchange that was over on a connection of its own, which the container has not ended. */
async function startClosing(
	t: TestContext,
): Promise<{ client: RawClient; upstream: BackendConnection }> {
	const container = await startBackend(
		t,
		async (connection) => {
			const { headers } = await connection.request();
			assert.deepEqual(values(headers, "Connection"), ["close"]);
			connection.send(OK);
		},
		{ halfOpen: true },
	);
	const { port } = await startProxy(t, { abc: container });
	const client = await connect(t, port);
	await client.send(ASK).response();
	return { client, upstream: await container.connection(0) };
}

// Who sends the first FIN has the TIME_WAIT, which the container's monitor counts.
test("after Connection: close the proxy's FIN follows the container's", async (t) => {
	const { client, upstream } = await startClosing(t);
	// A FIN of the proxy's own would be here before the next answer.
	await client.send(ASK).response();
	assert.equal(upstream.ending, undefined);
	const asked = performance.now();
	upstream.end();
	assert.equal(await upstream.closed, "end");
	assert.ok(performance.now() - asked < 500);
});

test("a container that does not end after Connection: close is waited for a second", async (t) => {
	const asked = performance.now();
	const { upstream } = await startClosing(t);
	assert.equal(await upstream.closed, "end");
	const waited = performance.now() - asked;
	assert.ok(waited >= 1_000 && waited < 3_000, `${waited} ms`);
});
