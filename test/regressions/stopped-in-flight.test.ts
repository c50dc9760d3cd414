import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

// An HTTP/1.0 client took the daemon's end for the end of the answer, and the exchange had no record.
test("an answer that the daemon's end cuts is reset and recorded", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, proxy } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send("HTTP/1.0 200 OK\r\n\r\nhalf");
	});
	client.send(head("GET / HTTP/1.0", COOKIE));
	await client.until("half");
	proxy.proxy.stop();
	assert.equal(await client.closed, "reset");
	assert.equal((await proxy.exchange(0)).termination, "KD");
});
