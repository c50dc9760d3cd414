import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

test("a connection between two requests closes without a word after --idle-timeout", async (t) => {
	const container = await startAnswering(t);
	const flags = { idleTimeoutMs: 200 };
	const proxy = await startProxy(t, { abc: container }, flags);
	const client = await connect(t, proxy.port);
	await client.send(request("GET /")).response();
	const bytes = client.receivedBytes;
	assert.equal(await client.closed, "end");
	assert.equal(client.receivedBytes, bytes);
	assert.equal(proxy.exchanges.length, 1);
});
