import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { anonymous } from "../support/request-text.js";

const CLIENTS = 100;
const BODY = Buffer.alloc(600_000);
const GROWTH_BYTES = 4 * 1024 * 1024;

// Each kept the quarter of a megabyte that its upload was read into.
test("clients that are idle after an upload hold no buffers", async (t) => {
	const { port } = await startProxy(t, {});
	const clients = [];
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc") as () => void;
	collect();
	const before = process.memoryUsage().arrayBuffers;
	for (let made = 0; made < CLIENTS; made++) {
		const client = await connect(t, port);
		client.send(anonymous("POST /", `Content-Length: ${BODY.length}`));
		client.send(BODY);
		assert.equal((await client.response()).status, 403);
		clients.push(client);
	}
	collect();
	const growth = process.memoryUsage().arrayBuffers - before;
	assert.ok(growth < GROWTH_BYTES, `${growth} bytes`);
	assert.equal(clients.length, CLIENTS);
});
