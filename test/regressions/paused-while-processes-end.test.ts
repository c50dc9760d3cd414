import { test } from "node:test";
import { ServerProcess } from "../support/server-process.js";

const ROUNDS = 300;

// PostgreSQL's process for a connection ended between the list of processes and the signal, and the server lived on.
test("a server is paused and resumed while its processes end", async (t) => {
	const server = new ServerProcess();
	t.after(() => server.signal("SIGKILL"));
	const busy = "echo ready >&2; while :; do /bin/true; done";
	await server.run(["sh", "-c", busy], /ready/);
	for (let round = 0; round < ROUNDS; round++) {
		server.pause();
		server.resume();
		await new Promise(setImmediate);
	}
});
