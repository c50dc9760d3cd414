import assert from "node:assert/strict";
import { test } from "node:test";
import {
	noPostgres,
	startGroupSite,
	unreadableBecause,
} from "../postgres/site.js";

/** A worker that had never read the map did not compare its open tunnels at its first read. */
test("a tunnel that a new worker opens by another's last route ends with its row, once the database is back", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startGroupSite(t, "k", 1);
	const { server, group, daemon, status, open } = site;
	assert.equal(await status("k"), 200);
	const admin = await server.connect();
	await admin.query("ALTER ROLE galaxy NOLOGIN");
	await admin.query(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'galaxy-proxy'",
	);
	await unreadableBecause(daemon, /./);
	// The old worker drains, and tells the new one what it knows.
	const old = await open("k");
	await group.roll();
	const tunnel = await open("k");
	await admin.query("DELETE FROM gxitproxy");
	await admin.query("ALTER ROLE galaxy LOGIN");
	await tunnel.closed;
	await old.closed;
});
