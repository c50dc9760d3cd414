import assert from "node:assert/strict";
import { test } from "node:test";
import { startBackend } from "../support/backend.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { COOKIE, head } from "../support/request-text.js";

// The daemon's end looked like the end of the answer to an HTTP/1.0 client, and the exchange had no record.
test("an answer that the daemon's end cuts is reset and has its record", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send("HTTP/1.0 200 OK\r\n\r\nhalf");
	});
	const proxy = await startProxy(t, { abc: container });
	const client = await connect(t, proxy.port);
	client.send(head("GET / HTTP/1.0", COOKIE));
	await client.until("half");
	proxy.proxy.stop();
	assert.equal(await client.closed, "reset");
	assert.equal((await proxy.exchange(0)).termination, "KD");
});
