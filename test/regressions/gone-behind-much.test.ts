import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

// It was looked for once a second, and the time for that was set anew to never.
test("a client that has gone behind more than is read ahead is noticed while the container is silent", async (t) => {
	const container = await startAnswering(t, () => "");
	const proxy = await startProxy(t, { abc: container });
	const client = await connect(t, proxy.port);
	client.send(request("GET /slow"));
	await container.request(0);
	client.send("x".repeat(100_000));
	client.end();
	assert.equal((await proxy.exchange(0)).termination, "CH");
});
