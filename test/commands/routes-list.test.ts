import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { scratchFolder } from "../support/folders.js";
import { type Era, startGalaxyMap } from "../support/session-map.js";
import { listed, RunningRoutes, routes } from "./routes.js";

const FORMATS: [file: string, era: Era][] = [
	["map.sqlite", "gxproxy2"],
	["map.sqlite", "gxproxy"],
	["map.json", "v2"],
	["map.json", "v1"],
];
const KEYS = ["moved", "other", "waits"];

for (const [file, era] of FORMATS)
	test(`a map of ${era} is listed`, async (t) => {
		const galaxy = startGalaxyMap(t, file, era);
		await galaxy.put("moved", "10.0.0.1", 81);
		await galaxy.put("moved", "10.0.0.2", 82);
		await galaxy.put("other", "localhost", "32768");
		await galaxy.put("waits", "", -8888);
		await galaxy.put("null", "10.0.0.9", 80);
		assert.deepEqual(await listed(galaxy, KEYS), {
			moved: { state: "ready", target: "10.0.0.2:82" },
			other: { state: "ready", target: "localhost:32768" },
			waits: { state: "not ready" },
		});
	});

test("without --json there is a line for each session, and the key on none", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("abc", "::1", 32768);
	await galaxy.put("waits", null, -8888);
	const { code, stdout, stderr } = await routes(galaxy);
	assert.deepEqual([code, stderr], [0, ""]);
	const [head, ...lines] = stdout.trimEnd().split("\n");
	assert.equal(head, "SESSION   STATE      TARGET");
	assert.deepEqual(lines, [
		`${sessionLabel("abc")}  ready      [::1]:32768`,
		`${sessionLabel("waits")}  not ready  -`,
	]);
});

test("an empty map is listed as one", async (t) => {
	const path = join(scratchFolder(t), "map.json");
	writeFileSync(path, "{}");
	const { code, stdout } = await routes(path);
	assert.deepEqual([code, stdout], [0, "SESSION   STATE      TARGET\n"]);
});

for (const [what, content, says] of [
	["is not there", undefined, /does not exist.*dynamic_proxy_session_map/],
	["is no database", "garbage".repeat(99), /is damaged.*Restore it/],
	["has no table", "", /no table gxproxy2 yet/],
] as const)
	test(`a map that ${what} is reported in one line, with exit code 1`, async (t) => {
		const path = join(scratchFolder(t), "map.sqlite");
		if (content !== undefined) writeFileSync(path, content);
		const { code, stdout, stderr } = await routes(path);
		assert.deepEqual([code, stdout], [1, ""]);
		assert.match(stderr, says);
		assert.match(stderr, /^galaxy-proxy: .*\n$/);
	});

test("a writer that is about to finish is waited for", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("abc", "10.0.0.1", 80);
	await galaxy.lock();
	const locked = await routes(galaxy);
	assert.equal(locked.code, 1);
	assert.match(locked.stderr, /is locked/);
	const waiting = listed(galaxy, ["abc"]);
	await galaxy.unlock();
	assert.deepEqual(Object.keys(await waiting), ["abc"]);
});

const ROWS = 20_000;
const TABLE = "CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port)";
const MANY = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
	INSERT INTO gxproxy2 SELECT 'session' || i, '10.0.0.1', 1 + i % 65535 FROM n`;

test("of many sessions each is listed once, while Galaxy writes", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.sql(TABLE, MANY);
	await galaxy.sql(
		"ALTER TABLE gxproxy2 ADD COLUMN container_ids text",
		"ALTER TABLE gxproxy2 ADD COLUMN container_interface text",
	);
	let ended = false;
	const listing = routes(galaxy).finally(() => {
		ended = true;
	});
	let writes = 0;
	for (; !ended; writes++)
		await galaxy.put(`session${1 + (writes % ROWS)}`, "10.0.0.2", 80);
	const { code, stdout, stderr } = await listing;
	assert.deepEqual([code, stderr], [0, ""]);
	const sessions = stdout
		.split("\n")
		.slice(1, -1)
		.map((line) => line.slice(0, 8));
	const all = Array.from({ length: ROWS }, (_, i) =>
		sessionLabel(`session${i + 1}`),
	);
	assert.deepEqual(sessions.sort(), all.sort());
	assert.ok(writes > 0);
});

test("keys that are not text are left out, keys that are not UTF-8 are listed once", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.sql(
		TABLE,
		// More than a page of them, each of which comes back from the drivers as another key.
		MANY.replace(
			"'session' || i",
			"CAST(x'7a' || CAST(i AS TEXT) || x'ff' AS TEXT)",
		),
		"INSERT INTO gxproxy2 VALUES ('good', '10.0.0.1', 80), ('zz', '10.0.0.1', 80)",
		"INSERT INTO gxproxy2 VALUES (NULL, '10.0.0.3', 80), (x'6b', '10.0.0.3', 80)",
	);
	const { stdout } = await routes(galaxy);
	const lines = stdout.split("\n").slice(1, -1);
	assert.equal(lines.length, ROWS + 2);
	for (const key of ["good", "zz"])
		assert.ok(lines.includes(`${sessionLabel(key)}  ready      10.0.0.1:80`));
});

test("a reader that closes the pipe ends it quietly", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.sql(TABLE, MANY);
	const listing = new RunningRoutes(t, galaxy);
	await listing.says(/./);
	const { length } = listing.said;
	listing.child.stdout.destroy();
	assert.deepEqual([await listing.code(), listing.said.slice(length)], [0, ""]);
});
