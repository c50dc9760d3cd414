import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { ServerProcess } from "../support/server-process.js";

const ROUNDS = 300;

// PostgreSQL's process for a connection ended between the list of processes and the signal, and the server lived on.
test("a server is paused and resumed while its processes end, and then ended", async (t) => {
	const server = new ServerProcess();
	t.after(() => server.signal("SIGKILL"));
	const busy = "echo ready $$ >&2; while :; do /bin/true; done";
	await server.run(["sh", "-c", busy], /ready \d+\n/);
	const pid = Number(server.log.split(" ")[1]);
	assert.ok(existsSync(`/proc/${pid}`));
	for (let round = 0; round < ROUNDS; round++) {
		server.pause();
		server.resume();
		await new Promise(setImmediate);
	}
	await server.signal("SIGKILL");
	assert.ok(!existsSync(`/proc/${pid}`));
});
