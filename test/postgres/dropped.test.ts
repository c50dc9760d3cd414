import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite } from "./site.js";

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
