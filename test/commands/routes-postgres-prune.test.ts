import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { RunningRoutes, routes } from "./routes.js";

const skip = noPostgres();
const HOST = "10.0.0.1";
const PRUNE = ["prune", "--ended", "--yes"];
const KEYS = "SELECT string_agg(key, ' ' ORDER BY key) AS keys FROM gxitproxy";

test("prune removes the ended rows of a database, and no contested ones", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	for (const key of ["old", "new"]) await map.put(key, "t", HOST, 32768);
	await map.put("alone", "t", HOST, 32769);
	await map.sql(
		`INSERT INTO gxitproxy SELECT 'c' || i, 'interactivetoolentrypoint', 't', '${HOST}', 32770 FROM generate_series(1, 2) AS i`,
	);
	const dry = await routes(map, ["prune", "--ended", "--dry-run"]);
	const found = `1 row ended: sessions ${sessionLabel("old/t")}\n2 rows contested: if`;
	assert.ok(dry.stdout.startsWith(found), dry.stdout);
	assert.deepEqual(await server.query(KEYS), [{ keys: "alone c1 c2 new old" }]);
	const { code, stdout, stderr } = await routes(map, PRUNE);
	assert.deepEqual([code, stderr], [0, ""]);
	assert.match(stdout, /\n1 row removed\n$/);
	assert.deepEqual(await server.query(KEYS), [{ keys: "alone c1 c2 new" }]);
});

test("a row that Galaxy writes between listing and removing stays", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	const keys = ["again", "gone", "same", "last"];
	for (const key of keys) await map.put(key, "t", HOST, 32768);
	// As it was, by another transaction.
	await map.hold(
		"UPDATE gxitproxy SET token = token WHERE key = 'again'",
		"DELETE FROM gxitproxy WHERE key = 'gone'",
	);
	const pruning = new RunningRoutes(t, map, PRUNE);
	await pruning.says(/waiting for another program/);
	assert.match(pruning.said, /3 rows ended/);
	await map.finish();
	assert.equal(await pruning.code(), 0);
	assert.match(pruning.said, /\n1 row removed\n/);
	assert.deepEqual(await server.query(KEYS), [{ keys: "again last" }]);
});
