import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, connect, values } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { expectAlive } from "./own-answer.js";

test("the proxy's own answer to HEAD has the head of the answer to GET alone", async (t) => {
	const proxy = await startProxy(t, {});
	const client = await connect(t, proxy.port);
	const get = await client.send(anonymous("GET /")).response();
	const head = await client.send(anonymous("HEAD /")).response({ head: true });
	assert.equal(head.status, 403);
	assert.deepEqual(
		values(head.headers, "Content-Length"),
		values(get.headers, "Content-Length"),
	);
	await expectAlive(client);
});
