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
	const line = await daemon.logged(
		({ msg }) => msg === "session map unreadable",
	);
	assert.match(String(line.reason), /ECONNREFUSED|refused/);
	assert.equal((await askTool(t, daemon, "k")).status, 503);
	assert.equal((await ask("/readyz")).status, 503);
	assert.equal((await ask("/servez")).status, 503);
	await server.start();
	while ((await askTool(t, daemon, "k")).status !== 200);
	while ((await ask("/readyz")).status !== 200);
	assert.equal((await ask("/servez")).status, 200);
});
