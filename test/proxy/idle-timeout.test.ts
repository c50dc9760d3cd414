import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startChain } from "../support/proxy.js";

test("a connection between two requests closes without a word after --idle-timeout", async (t) => {
	const { client, proxy } = await startChain(t, { idleTimeoutMs: 200 });
	await client.send(request("GET /")).response();
	const bytes = client.receivedBytes;
	assert.equal(await client.closed, "end");
	assert.equal(client.receivedBytes, bytes);
	assert.equal(proxy.exchanges.length, 1);
});
