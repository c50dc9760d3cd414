import assert from "node:assert/strict";
import { test } from "node:test";
import {
	askTool,
	startToolContainer,
	startToolsDaemon,
} from "../same-address/tools-shared.js";
import { noPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { routes } from "./routes.js";

const skip = noPostgres();

test("a running daemon serves a tool as soon as it was added, and no longer once it was removed", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("other", "t", "10.0.0.1", 80);
	const daemon = await startToolsDaemon(t, map);
	const { port } = await startToolContainer(t);
	const added = await routes(map, ["add", "k1", `127.0.0.1:${port}`]);
	const [, token = ""] = /\/k1\/([a-z0-9]+)\//.exec(added.stdout) ?? [];
	assert.equal((await askTool(t, daemon, "k1", token)).status, 200);
	const removed = await routes(map, ["remove", "k1"]);
	assert.equal(removed.stdout, "k1 is removed\n");
	assert.equal((await askTool(t, daemon, "k1", token)).status, 404);
});

test("all of it works through pgbouncer in transaction mode", {
	skip: skip || noPgbouncer(),
}, async (t) => {
	const server = await startPostgres(t);
	const pooler = await startPgbouncer(t, server);
	const run = async (...words: string[]) => {
		const { code, stdout, stderr } = await routes(pooler.url(), words);
		assert.deepEqual([code, stderr], [0, ""], words.join(" "));
		return stdout;
	};
	for (const key of ["k1", "k2", "k3"]) await run("add", key, "10.0.0.1:80");
	assert.match(await run(), /\n3 rows, .*: 2 ended, 0 contested\n$/);
	assert.match(await run("prune", "--ended", "--yes"), /2 rows removed/);
	await run("install-trigger");
	assert.match(await run("remove", "k3"), /k3 is removed/);
	await run("remove-trigger");
	assert.match(await run(), /\n0 rows, /);
});
