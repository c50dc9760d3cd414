import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startGroupSite } from "./site.js";

test("a spare worker has no connection to the database, and connects when it takes the place of another", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startGroupSite(t, "k", 1);
	const { server, map, group, daemon, status, open } = site;
	const spare = await group.spare();
	daemon.child.kill("SIGHUP");
	await daemon.logged(({ pid, msg }) => pid === spare && msg === "reloaded");
	assert.equal((await server.backends()).length, 1);

	const pid = group.pidOf(1);
	process.kill(pid, "SIGKILL");
	assert.equal(await group.successorOf(pid), spare);
	assert.equal(await status("k"), 200);
	const tunnel = await open("k");
	await map.remove("k");
	await tunnel.closed;
	while ((await server.backends()).length !== 1);
	const unreadable = daemon.lines.filter(
		({ msg }) => msg === "session map unreadable",
	);
	assert.deepEqual(unreadable, []);

	const last = await group.spare(spare);
	assert.equal(await daemon.stop(), 0);
	assert.ok(
		daemon.lines.some((line) => line.pid === last && line.msg === "stopped"),
	);
});
