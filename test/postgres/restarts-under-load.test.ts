import assert from "node:assert/strict";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";
import { hostOf } from "../support/tools.js";
import { noPostgres, startPostgres, TOKEN } from "./site.js";

test("restarts of the server, of either kind, lose no request and cut no tunnel", {
	skip: noPostgres(),
}, async (t) => {
	const container = await startLoadContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k", TOKEN, container.host, container.port);
	const daemon = await startDaemon(t, { map: server.url() });
	const host = hostOf("k", TOKEN);
	const load = await startLoad(t, {
		port: daemon.port,
		host,
		rate: 100,
		tunnels: 8,
	});
	for (const mode of ["fast", "immediate", "fast"] as const) {
		await load.until(50);
		await server.restart(mode);
	}
	await load.until(100);
	const { lost, losses, tunnels } = await load.stop();
	assert.deepEqual({ lost, losses }, { lost: 0, losses: [] });
	assert.equal(tunnels.cut, 0);
});
