import assert from "node:assert/strict";
import { test } from "node:test";
import { startDatabaseMap } from "../support/postgres-map.js";
import { noPostgres, startSite, TOKEN, untilStatus } from "./site.js";

test("a table that is dropped: known tools stay, others are 503, until Galaxy makes it anew", {
	skip: noPostgres(),
}, async (t) => {
	const { map, status, put } = await startSite(t);
	assert.equal(await status("k"), 200);
	await map.sql("DROP TABLE gxitproxy");
	assert.equal(await status("k"), 200);
	assert.equal(await status("other"), 503);
	await put("other");
	assert.equal(await status("other"), 200);
	assert.equal(await status("k"), 404);
});

test("a table that is renamed and back again", {
	skip: noPostgres(),
}, async (t) => {
	const { map, status } = await startSite(t);
	assert.equal(await status("k"), 200);
	await map.sql("ALTER TABLE gxitproxy RENAME TO elsewhere");
	assert.equal(await status("other"), 503);
	await map.sql("ALTER TABLE elsewhere RENAME TO gxitproxy");
	assert.equal(await status("other"), 404);
	assert.equal(await status("k"), 200);
});

test("a new table in a schema that is searched first is read", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		before: ["CREATE SCHEMA galaxy AUTHORIZATION galaxy"],
	});
	assert.equal(await site.status("k"), 200);
	await site.map.sql(
		"CREATE TABLE galaxy.gxitproxy (LIKE public.gxitproxy INCLUDING ALL)",
	);
	await site.put("new");
	await untilStatus(site, "new", 200);
	assert.equal(await site.status("k"), 404);
});

test("a database that is dropped and made anew", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, status, container } = site;
	assert.equal(await status("k"), 200);
	const elsewhere = server.url().replace(/gxitproxy$/, "postgres");
	await site.map.kill();
	const admin = startDatabaseMap(t, elsewhere.replace("galaxy@", "postgres@"));
	await admin.sqlAlone("DROP DATABASE gxitproxy WITH (FORCE)");
	assert.equal(await status("k"), 200);
	assert.equal(await status("other"), 503);
	await admin.sqlAlone("CREATE DATABASE gxitproxy OWNER galaxy");
	const map = startDatabaseMap(t, server.url());
	await map.put("new", TOKEN, container.host, container.port);
	await untilStatus(site, "new", 200);
	assert.equal(await status("k"), 404);
});
