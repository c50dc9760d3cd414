import assert from "node:assert/strict";
import { test } from "node:test";
import { noPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import { noPostgres, PEERS_TRIGGER, startSite } from "./site.js";

for (const pool_mode of ["transaction", "session"] as const)
	test(`behind a pgbouncer in ${pool_mode} mode every request is served, and removed rows end their tunnels`, {
		skip: noPostgres() || noPgbouncer(),
	}, async (t) => {
		const { map, open, put, status } = await startSite(t, {
			before: PEERS_TRIGGER,
			url: async (server) =>
				(await startPgbouncer(t, server, { pool_mode })).url(),
		});
		for (let round = 0; round < 20; round++) {
			await put("new");
			const keys = ["k", "new", "none", "k", "new", "none"];
			const statuses = await Promise.all(keys.map(status));
			assert.deepEqual(statuses, [200, 200, 404, 200, 200, 404]);
			await map.remove("new");
			assert.equal(await status("new"), 404);
		}
		const tunnel = await open("k");
		await map.remove("k");
		await tunnel.closed;
	});

test("a pgbouncer that passes no notifications is reported with what follows", {
	skip: noPostgres() || noPgbouncer(),
}, async (t) => {
	const { watched } = await startSite(t, {
		url: async (server) => (await startPgbouncer(t, server)).url(),
	});
	const line = await watched.daemon.logged((each) =>
		/pgbouncer|notification/i.test(`${each.msg} ${each.reason} ${each.hint}`),
	);
	assert.equal(line.level, "warn");
});
