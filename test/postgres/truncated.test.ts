import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite } from "./site.js";

test("a table that is emptied by TRUNCATE ends its tools at once", {
	skip: noPostgres(),
}, async (t) => {
	const { map, status, open, put } = await startSite(t);
	const tunnel = await open("k");
	await map.sql("TRUNCATE gxitproxy");
	assert.equal(await status("k"), 404);
	await tunnel.closed;
	await put("k");
	assert.equal(await status("k"), 200);
});
