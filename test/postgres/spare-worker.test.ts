import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool, openTool } from "../same-address/tools-shared.js";
import { startGroup } from "../support/group.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	noPostgres,
	startPostgres,
	startToolContainer,
	TOKEN,
} from "./site.js";

test("a spare worker has no connection to the database, and connects when it takes the place of another", {
	skip: noPostgres(),
}, async (t) => {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k", TOKEN, host, port);
	const group = await startGroup(t, { map: server.url(), workers: 1 });
	const { daemon } = group;
	const spare = await group.spare();
	daemon.child.kill("SIGHUP");
	await daemon.logged(({ pid, msg }) => pid === spare && msg === "reloaded");
	assert.equal((await server.backends()).length, 1);

	const pid = group.pidOf(1);
	process.kill(pid, "SIGKILL");
	assert.equal(await group.successorOf(pid), spare);
	assert.equal((await askTool(t, daemon, "k")).status, 200);
	const tunnel = await openTool(t, daemon, "k");
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
