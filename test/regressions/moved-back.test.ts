import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { STOPPED, startAnswering } from "../support/container.js";
import { startClient } from "../support/proxy.js";

// After a session had moved away and back, its connections were never kept.
test("a session that moved away and back reuses connections again", async (t) => {
	const container = await startAnswering(t);
	const elsewhere = STOPPED;
	const flags = { keepAlive: "always" } as const;
	const { proxy, client } = await startClient(t, { abc: container }, flags);
	await client.send(request("GET /")).response();
	for (const target of [elsewhere, container]) {
		proxy.routes.set("abc", { kind: "target", target });
		proxy.proxy.recheck();
	}
	for (let n = 0; n < 3; n++) await client.send(request("GET /")).response();
	assert.equal(container.connections.length, 2);
});
