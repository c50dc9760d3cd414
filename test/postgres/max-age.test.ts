import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, PEERS_TRIGGER, startSite, untilStatus } from "./site.js";

test("--map-max-age: a route is used again for so long without a question, and no longer than until a notification", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		args: ["--map-max-age", "600000", "--pollingInterval", "0"],
		before: PEERS_TRIGGER,
	});
	const { status, server, map } = site;
	assert.equal(await status("k"), 200);
	await server.stop();
	for (let n = 0; n < 5; n++) assert.equal(await status("k"), 200);
	await server.start();
	await untilStatus(site, "other", 404);
	assert.equal(await status("k"), 200);
	await map.remove("k");
	await untilStatus(site, "k", 404);
});
