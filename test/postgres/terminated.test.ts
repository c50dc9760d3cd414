import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite } from "./site.js";

const TERMINATE =
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'galaxy-proxy'";

test("the server ends the daemon's connection again and again: every request gets the present route", {
	skip: noPostgres(),
}, async (t) => {
	const { server, map, put, status, open } = await startSite(t);
	for (let round = 0; round < 5; round++) {
		await put("new");
		const asked = status("new");
		await server.query(TERMINATE);
		assert.equal(await asked, 200);
		assert.equal(await status("new"), 200);
		await map.remove("new");
		assert.equal(await status("new"), 404);
	}
	const tunnel = await open("k");
	await server.query(TERMINATE);
	await map.remove("k");
	await tunnel.closed;
});

test("a server that ends idle connections does no harm", {
	skip: noPostgres(),
}, async (t) => {
	const { server, status, open, map } = await startSite(t, {
		server: { conf: ["idle_session_timeout = 200ms"] },
	});
	const tunnel = await open("k");
	for (let ends = 0; ends < 3; ends++) {
		await server.logged(/idle-session timeout/, server.log.length);
		assert.equal(await status("k"), 200);
	}
	await map.remove("k");
	await tunnel.closed;
});
