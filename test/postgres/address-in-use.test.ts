import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("a row that names the address of a tool in use is refused until the tool's connections have ended", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { share, status, open } = site;
	const tunnel = await open("k");
	await share("thief");
	assert.equal(await status("thief"), 502);
	assert.equal(await status("k"), 200);
	tunnel.end();
	await tunnel.closed;
	await untilStatus(site, "thief", 200);
	assert.equal(await status("k"), 502);
});

test("a row that names the address of a tool in use is believed once that tool's row is removed", {
	skip: noPostgres(),
}, async (t) => {
	const { share, status, open, map } = await startSite(t);
	const tunnel = await open("k");
	await share("next");
	assert.equal(await status("next"), 502);
	await map.remove("k");
	assert.equal(await status("next"), 200);
	await tunnel.closed;
});
