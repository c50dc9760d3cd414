import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("a younger row takes its address over; the older one stays ended when the younger is removed, until it is written again", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { put, share, status, map } = site;
	await share("new");
	// A kept connection of k's shows for some seconds that its container is there.
	await untilStatus(site, "new", 200);
	assert.equal(await status("k"), 502);
	await map.remove("new");
	assert.equal(await status("new"), 404);
	assert.equal(await status("k"), 502);
	await put("k");
	assert.equal(await status("k"), 200);
});
