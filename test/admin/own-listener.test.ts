import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

test("a row that leads to the admin listener is refused", async (t) => {
	const { daemon, port, ask } = await startWatched(t);
	const galaxy = startGalaxyMap(t, daemon.map);
	for (const host of ["127.0.0.1", "localhost", "0.0.0.0"]) {
		await galaxy.put("abc", host, port);
		const client = await connect(t, daemon.port);
		const asked = request("GET /metrics").replace(
			"galaxy.example",
			"localhost",
		);
		const { status, text } = await client.send(asked).response();
		assert.equal(status, 502, host);
		assert.equal(text, "Proxy target missing", host);
	}
	assert.equal((await ask("/healthz")).status, 200);
});

test("an admin port that is in use ends the daemon with 1, and the message names the flag", async (t) => {
	const { port } = await startWatched(t);
	const args = ["--admin", `127.0.0.1:${port}`];
	const second = await startDaemon(t, { args, stillLoads: true });
	const line = await second.logged(({ level }) => level === "error");
	assert.match(String(line.msg), /EADDRINUSE.*check --admin/);
	assert.equal(await second.exited(), 1);
});
