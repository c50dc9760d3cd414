import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("a server that says nothing any more: last routes, 503 for others, and no more than two connections wait", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, status } = site;
	assert.equal(await status("k"), 200);
	server.pause();
	for (let n = 0; n < 3; n++) {
		const [known, unknown] = await Promise.all([status("k"), status("other")]);
		assert.deepEqual([known, unknown], [200, 503]);
	}
	server.resume();
	assert.ok((await server.backends()).length <= 2);
	await untilStatus(site, "other", 404);
	await site.put("other");
	assert.equal(await status("other"), 200);
});

test("a tunnel to a row that was removed while the server was silent ends", {
	skip: noPostgres(),
}, async (t) => {
	const { server, map, open, status } = await startSite(t);
	const tunnel = await open("k");
	await map.hold("DELETE FROM gxitproxy");
	server.pause();
	assert.equal(await status("k"), 200);
	server.resume();
	await map.finish();
	await tunnel.closed;
});
