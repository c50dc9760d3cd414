import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, unreadableBecause } from "./site.js";

test("on a new, empty database the daemon stays up, and the first tool is served right after its commit", {
	skip: noPostgres(),
}, async (t) => {
	const { ask, put, status, watched } = await startSite(t, { isEmpty: true });
	const before = await ask("k");
	assert.equal(before.status, 503);
	const reason = /first Interactive Tool/;
	const line = await unreadableBecause(watched.daemon, reason);
	assert.equal(line.level, "info");
	await put("k");
	assert.equal(await status("k"), 200);
	assert.equal(await status("other"), 404);
});
