import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startDaemon } from "../support/daemon.js";
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

test("a pgbouncer that ignores the limit for statements, and in which two daemons share the connections", {
	skip: noPostgres() || noPgbouncer(),
}, async (t) => {
	const found: { url?: string } = {};
	const { map, open, put, server, status, watched } = await startSite(t, {
		url: async (postgres) => {
			const bouncer = await startPgbouncer(t, postgres, {
				conf: ["ignore_startup_parameters = statement_timeout"],
			});
			found.url = bouncer.url();
			return bouncer.url();
		},
	});
	const other = await startDaemon(t, { map: found.url ?? "" });
	await watched.daemon.logged(({ msg }) => /pgbouncer/.test(msg ?? ""));
	for (let round = 0; round < 10; round++) {
		await put("new");
		const here = ["k", "new", "none"].map(status);
		const there = ["k", "new", "none"].map(
			async (key) => (await askTool(t, other, key)).status,
		);
		const statuses = await Promise.all([...here, ...there]);
		assert.deepEqual(statuses, [200, 200, 404, 200, 200, 404]);
		await map.remove("new");
	}
	await map.lock();
	assert.equal(await status("other"), 503);
	await server.logged(/statement timeout/);
	await map.unlock();
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
