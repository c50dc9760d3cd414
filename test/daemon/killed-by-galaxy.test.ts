import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as milliseconds } from "node:timers/promises";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { startInFlight } from "./in-flight.js";

test("SIGTERM and SIGKILL 10 ms later leave no process, a free port and an intact map", async (t) => {
	const { daemon, client } = await startInFlight(t);
	const gone = daemon.exited();
	process.kill(daemon.pid, "SIGTERM");
	// What is tested is Galaxy's own pause.
	await milliseconds(10);
	process.kill(daemon.pid, "SIGKILL");
	await Promise.all([gone, client.closed]);
	assert.throws(() => process.kill(daemon.pid, 0), { code: "ESRCH" });

	const args = ["--port", String(daemon.port)];
	const next = await startDaemon(t, { map: daemon.map, args });
	const again = await connect(t, next.port);
	again.send(request("GET /").replace("abc", "unknown"));
	assert.equal((await again.response()).status, 403);
});
