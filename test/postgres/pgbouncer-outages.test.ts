import assert from "node:assert/strict";
import { test } from "node:test";
import { noPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("behind pgbouncer: the server restarts, is away, and is silent", {
	skip: noPostgres() || noPgbouncer(),
}, async (t) => {
	const site = await startSite(t, {
		url: async (server) => (await startPgbouncer(t, server)).url(),
	});
	const { server, status, map, put } = site;
	assert.equal(await status("k"), 200);
	await server.restart();
	await put("new");
	await untilStatus(site, "new", 200);
	assert.equal(await status("k"), 200);

	await server.stop();
	assert.equal(await status("k"), 200);
	assert.equal(await status("other"), 503);
	await server.start();
	await untilStatus(site, "other", 404);

	server.pause();
	assert.equal(await status("k"), 200);
	assert.equal(await status("other"), 503);
	server.resume();
	await untilStatus(site, "other", 404);
	await map.remove("new");
	assert.equal(await status("new"), 404);
});
