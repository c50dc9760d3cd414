import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { anonymous, connect } from "../support/client.js";
import { startProxy } from "../support/proxy.js";

const CLIENTS = 100;
const BODY = Buffer.alloc(600_000);
const UPLOAD = anonymous("POST /", `Content-Length: ${BODY.length}`);
const GROWTH_BYTES = 4 * 1024 * 1024;

/** The sockets that this process accepts from now on. */
function acceptedSockets(t: TestContext): Socket[] {
	const accepted: Socket[] = [];
	const collect = (message: unknown) =>
		accepted.push((message as { socket: Socket }).socket);
	subscribe("net.server.socket", collect);
	t.after(() => unsubscribe("net.server.socket", collect));
	return accepted;
}

// Each kept the quarter of a megabyte into which its upload was read.
test("clients that are idle after an upload keep no buffers", async (t) => {
	const { port } = await startProxy(t, {});
	const accepted = acceptedSockets(t);
	const clients = [];
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc") as () => void;
	collect();
	const before = process.memoryUsage().arrayBuffers;
	for (let made = 0; made < CLIENTS; made++) {
		const client = await connect(t, port);
		client.send(UPLOAD).send(BODY);
		assert.equal((await client.response()).status, 403);
		clients.push(client);
	}
	// The answer comes before the upload has been read.
	const isRead = ({ bytesRead }: Socket) =>
		bytesRead === UPLOAD.length + BODY.length;
	while (!accepted.every(isRead)) await turn();
	collect();
	// Collected objects release their bytes in the next turns.
	await turn();
	collect();
	const growth = process.memoryUsage().arrayBuffers - before;
	assert.ok(growth < GROWTH_BYTES, `${growth} bytes`);
	assert.equal(accepted.length, CLIENTS);
	assert.equal(clients.length, CLIENTS);
});
