import assert from "node:assert/strict";
import { test } from "node:test";
import { openTunnel, startEnvironment } from "../compatibility/environment.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

test("a row that comes back works again, tunnels too", async (t) => {
	const container = await startEnvironment(t, "env");
	const daemon = await startDaemon(t, { sessions: { abc: container } });
	const galaxy = startGalaxyMap(t, daemon.map);
	const client = await connect(t, daemon.port);
	const ask = async () =>
		(await client.send(request("GET /")).response()).status;
	for (let round = 0; round < 5; round++) {
		assert.equal(await ask(), 200);
		const tunnel = await openTunnel(t, daemon.port);
		await galaxy.remove("abc");
		assert.equal(await ask(), 403);
		await tunnel.closed;
		await galaxy.put("abc", container.host, container.port);
	}
	const tunnel = await openTunnel(t, daemon.port);
	tunnel.send("x");
	assert.equal((await tunnel.take(1)).toString(), "x");
});
