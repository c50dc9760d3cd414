import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startClient } from "../support/proxy.js";

// Host was "::1:8888", which is not an authority.
test("an HTTP/1.0 request without Host gets the IPv6 target's in brackets", async (t) => {
	const container = await startAnswering(t);
	const host = "::ffff:127.0.0.1";
	const target = { host, port: container.port };
	const { client } = await startClient(t, { abc: target });
	await client.send(head("GET / HTTP/1.0", COOKIE)).response();
	const { received } = await container.connection(0);
	assert.match(received, /Host: \[::ffff:127\.0\.0\.1\]:\d+\r\n/);
});
