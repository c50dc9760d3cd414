import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startChain } from "../support/proxy.js";

// The check for a vanished client runs once a second, and its timer was reset to never.
test("a client that sent more than is read ahead and then left is noticed while the container is silent", async (t) => {
	const { client, proxy, container } = await startChain(t, {
		answer: () => "",
	});
	client.send(request("GET /slow"));
	await container.request(0);
	client.send("x".repeat(100_000));
	client.end();
	assert.equal((await proxy.exchange(0)).termination, "CH");
});
