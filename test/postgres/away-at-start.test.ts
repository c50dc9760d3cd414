import assert from "node:assert/strict";
import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startWatched } from "../support/admin.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	noPostgres,
	startPostgres,
	startToolContainer,
	TOKEN,
	unreadableBecause,
} from "./site.js";

test("a daemon that starts before its database listens, answers 503, is not ready, and serves once it is there", {
	skip: noPostgres(),
}, async (t) => {
	const container = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k", TOKEN, container.host, container.port);
	await server.stop();
	const watched = await startWatched(t, { map: server.url() });
	const { daemon, ask } = watched;
	await unreadableBecause(daemon, /ECONNREFUSED|refused/);
	assert.equal((await askTool(t, daemon, "k")).status, 503);
	assert.equal((await ask("/readyz")).status, 503);
	assert.equal((await ask("/servez")).status, 503);
	await server.start();
	while ((await askTool(t, daemon, "k")).status !== 200);
	while ((await ask("/readyz")).status !== 200);
	assert.equal((await ask("/servez")).status, 200);
});

test("of a database that is silent from the start the log says so, and then why it cannot be read", {
	skip: noPostgres(),
}, async (t) => {
	const server = await startPostgres(t);
	await startDatabaseMap(t, server.url()).put("k", TOKEN, "127.0.0.1", 1);
	await server.pause();
	const url = server.url({ connect_timeout: "3" });
	const { daemon } = await startWatched(t, { map: url });
	const reasons = [/has not answered yet/, /does not answer: check it/];
	for (const reason of reasons) await unreadableBecause(daemon, reason);
	const told = daemon.lines.filter(
		({ msg }) => msg === "session map unreadable",
	);
	assert.equal(told.length, reasons.length);
	server.resume();
	await daemon.logged(({ msg }) => msg === "session map readable");
});
