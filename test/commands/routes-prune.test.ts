import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { type GalaxyMap, startGalaxyMap } from "../support/session-map.js";
import { listed, RunningRoutes, routes } from "./routes.js";

const HOST = "docker";
const KEYS = ["first", "second", "last", "alone", "waits", "unnamed"];
const PRUNE = ["prune", "--ended"];

/** Two rows that have ended, the one that has their address, and others. */
async function startMap(t: TestContext): Promise<GalaxyMap> {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("first", HOST, 32768, ["a"]);
	await galaxy.put("second", HOST, "32768", ["b"]);
	await galaxy.put("unnamed", HOST, 32768, []);
	await galaxy.put("last", HOST, 32768, ["c"]);
	await galaxy.put("alone", HOST, 32769, ["d"]);
	await galaxy.put("waits", "localhost", -8888, ["e"]);
	return galaxy;
}

async function keysIn(galaxy: GalaxyMap, keys = KEYS): Promise<string[]> {
	return Object.keys(await listed(galaxy, keys)).sort();
}

test("prune --ended --yes removes the ended rows, and no others", async (t) => {
	const galaxy = await startMap(t);
	const { code, stdout, stderr } = await routes(galaxy, [...PRUNE, "--yes"]);
	assert.deepEqual([code, stderr], [0, ""]);
	const named = ["first", "second"].map(sessionLabel).join(", ");
	assert.equal(stdout, `2 rows ended: sessions ${named}\n2 rows removed\n`);
	assert.deepEqual(await keysIn(galaxy), ["alone", "last", "unnamed", "waits"]);
	assert.ok(!existsSync(`${galaxy.path}.lock`));

	const again = await routes(galaxy, [...PRUNE, "--yes"]);
	assert.deepEqual([again.code, again.stdout], [0, "0 rows ended\n"]);
});

test("prune --dry-run prints the number of ended rows, and removes none", async (t) => {
	const galaxy = await startMap(t);
	const words = [...PRUNE, "--dry-run"];
	const { code, stdout, stderr } = await routes(galaxy, words);
	assert.deepEqual([code, stderr], [0, ""]);
	assert.match(stdout, /^2 rows ended: sessions /);
	assert.doesNotMatch(stdout, /removed/);
	const both = await routes(galaxy, [...words, "--yes"]);
	assert.equal(both.stdout, stdout);
	assert.deepEqual(await keysIn(galaxy), [...KEYS].sort());
});

for (const [what, words, says] of [
	["without a terminal and --yes", PRUNE, /no terminal to ask on: add --yes/],
	["without --ended", ["prune", "--yes"], /add --ended/],
	["with a word too many", [...PRUNE, "--yes", "abc"], /too many/],
] as const)
	test(`prune ${what} is a mistake, and removes nothing`, async (t) => {
		const galaxy = await startMap(t);
		const options = { input: "y\n" };
		const { code, stdout, stderr } = await routes(galaxy, words, options);
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, says);
		assert.deepEqual(await keysIn(galaxy), [...KEYS].sort());
	});

test("with --same-address any nothing has ended", async (t) => {
	const galaxy = await startMap(t);
	const words = [...PRUNE, "--yes", "--same-address", "any"];
	const { stdout } = await routes(galaxy, words);
	assert.equal(stdout, "0 rows ended\n");
	assert.deepEqual(await keysIn(galaxy), [...KEYS].sort());
});

test("contested rows are never removed", async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	await galaxy.put("first", HOST, 32768, ["a"]);
	await galaxy.put("second", HOST, 32768, ["b"]);
	const before = readFileSync(galaxy.path, "utf8");
	const { code, stdout } = await routes(galaxy, [...PRUNE, "--yes"]);
	assert.equal(code, 0);
	assert.match(stdout, /^0 rows ended\n2 rows contested: .*routes remove -\n$/);
	assert.equal(readFileSync(galaxy.path, "utf8"), before);
});

test("a very large number of ended rows is removed, and some are named", async (t) => {
	const galaxy = await startMap(t);
	await galaxy.sql(
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1200)" +
			` INSERT INTO gxproxy2 SELECT 'many' || i, '${HOST}', 32770, json_array('m' || i), NULL FROM n`,
	);
	const { stdout } = await routes(galaxy, [...PRUNE, "--yes"]);
	assert.match(
		stdout,
		/^1201 rows ended: .* and 1191 more\n1201 rows removed\n$/,
	);
	assert.equal((await keysIn(galaxy)).length, 5);
});

// Galaxy writes while prune waits for its lock: what is listed by then is not what is there any more.
test("a row that is written between listing and removing stays", async (t) => {
	const galaxy = startGalaxyMap(t);
	const keys = ["ids", "host", "port", "filled", "same", "last"];
	for (const key of keys) await galaxy.put(key, HOST, 32768, [key]);
	const lock = `${galaxy.path}.lock`;
	writeFileSync(lock, "");
	const pruning = new RunningRoutes(t, galaxy, [...PRUNE, "--yes"]);
	await pruning.says(
		/waiting for another program that has locked .*map\.sqlite\.lock/,
	);
	assert.match(pruning.said, /5 rows ended/);
	assert.equal((await keysIn(galaxy, keys)).length, 6);

	// One commit each, while the lock is held.
	await galaxy.sql(
		`UPDATE gxproxy2 SET container_ids = '["again"]' WHERE key = 'ids'`,
		"UPDATE gxproxy2 SET host = 'docker2' WHERE key = 'host'",
		"UPDATE gxproxy2 SET port = 32769 WHERE key = 'port'",
		"UPDATE gxproxy2 SET container_ids = NULL WHERE key = 'filled'",
	);
	rmSync(lock);
	assert.equal(await pruning.code(), 0);
	assert.match(pruning.said, /\n1 row removed\n/);
	const left = ["filled", "host", "ids", "last", "port"];
	assert.deepEqual(await keysIn(galaxy, keys), left);
	assert.ok(!existsSync(lock));
});
