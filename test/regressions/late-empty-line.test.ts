import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

/** More than a paused client accepts, less than the kernel accepts from the proxy. */
const BYTES = 1_000_000;

// Its reset took the tail of the answer with it.
test("an empty line after a body with Connection: close does not cut the answer", async (t) => {
	const container = await startAnswering(
		t,
		`HTTP/1.1 200 OK\r\nContent-Length: ${BYTES}\r\n\r\n${"x".repeat(BYTES)}`,
	);
	const proxy = await startProxy(t, { abc: container });
	for (let turn = 0; turn < 5; turn++) {
		const client = await connect(t, proxy.port);
		client.socket.pause();
		client.send(
			`${request("POST /", "Connection: close", "Content-Length: 2")}ab`,
		);
		await proxy.exchange(turn);
		client.send("\r\n");
		client.socket.resume();
		assert.equal((await client.response()).body.length, BYTES);
	}
});
