import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite, untilStatus } from "./site.js";

test("the daemon's process on the server hangs while the server lives: another one is used, and the first is ended", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, status, put, open, map } = site;
	assert.equal(await status("k"), 200);
	const tunnel = await open("k");
	let [first] = await server.backends();
	// In the middle of a query it could hold a lock that all others need.
	while (first?.state !== "idle") [first] = await server.backends();
	const pid = Number(first?.pid);
	process.kill(pid, "SIGSTOP");
	try {
		assert.equal(await status("k"), 200);
		await put("new");
		await untilStatus(site, "new", 200);
		assert.ok((await server.backends()).length <= 2);
		await map.remove("k");
		await tunnel.closed;
	} finally {
		process.kill(pid, "SIGCONT");
	}
	while ((await server.backends()).length > 1);
});
