import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("without a server known tools get their last route, others 503, and the daemon is not ready; then all is as before", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, watched, status, ask } = site;
	assert.equal(await status("k"), 200);
	await server.stop();
	assert.equal(await status("k"), 200);
	const unknown = await ask("other");
	assert.equal(unknown.status, 503);
	assert.match(unknown.text, /map|moment/i);
	while ((await watched.ask("/readyz")).status === 200);
	assert.equal((await watched.ask("/servez")).status, 200);
	await watched.daemon.logged(({ msg }) => msg === "session map unreadable");
	await server.start();
	await untilStatus(site, "other", 404);
	while ((await watched.ask("/readyz")).status !== 200);
	await site.put("other");
	assert.equal(await status("other"), 200);
	assert.equal(await status("k"), 200);
});
