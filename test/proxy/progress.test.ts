import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Progress } from "../../src/proxy/progress.js";
import { Clock } from "../../src/proxy/socket.js";
import { scratchFolder } from "../support/folders.js";
import { readSlowly } from "../support/slow-reader.js";
import { Wire } from "../support/wire.js";

const WRITTEN = 1_000_000;

test("a slow reader of a unix socket is seen by the bytes that the kernel has not taken", async (t) => {
	const path = join(scratchFolder(t), "a.sock");
	const server = createServer().listen(path);
	t.after(() => server.close());
	const client = connect(path);
	t.after(() => client.destroy());
	const [socket]: Socket[] = await once(server, "connection");
	assert.ok(socket !== undefined);
	const clock = new Clock();
	t.after(() => clock.stop());
	const progress = new Progress(2_000);
	let stalls = 0;
	const owner = {
		deadline: progress.firstLook(),
		expire: () => progress.check(owner, socket),
		onStalled: () => stalls++,
		onDefect: (error: unknown) => assert.fail(String(error)),
	};
	clock.add(owner);

	// One write, which the kernel takes in parts.
	const written = new Promise((resolve) =>
		socket.write(Buffer.alloc(WRITTEN), resolve),
	);
	await readSlowly(new Wire(client), 200_000, WRITTEN);
	await written;
	assert.equal(stalls, 0);
});
