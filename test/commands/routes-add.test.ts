import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { type Era, startGalaxyMap } from "../support/session-map.js";
import { listed, routes } from "./routes.js";

const FORMATS: [file: string, era: Era, both: boolean][] = [
	["map.sqlite", "gxproxy2", false],
	["map.sqlite", "gxproxy", false],
	["map.sqlite", "gxproxy2", true],
	["map.json", "v2", false],
	["map.json", "v1", false],
];
const KEYS = ["abc", "galaxys", "later"];

for (const [file, era, both] of FORMATS)
	test(`add and remove write ${era}${both ? " next to gxproxy" : ""} as Galaxy does, and the daemon follows at once`, async (t) => {
		const map = join(scratchFolder(t), file);
		if (both) await startGalaxyMap(t, map, "gxproxy").put("old", "a", 1);
		const galaxy = startGalaxyMap(t, map, era);
		await galaxy.put("galaxys", "10.0.0.1", 80);
		const { host, port } = await startAnswering(t);
		const daemon = await startDaemon(t, { map });
		const client = await connect(t, daemon.port);
		const ask = async () =>
			(await client.send(request("GET /")).response()).status;
		assert.equal(await ask(), 403);

		const input = "abc\n";
		const added = await routes(map, ["add", "-", "localhost:1025"], { input });
		assert.deepEqual([added.code, added.stderr], [0, ""]);
		assert.equal(added.stdout, "ba7816bf leads to localhost:1025\n");
		// Before 17.05 the address was one word.
		const isOld = readFileSync(map, "latin1").includes("localhost:1025");
		assert.equal(isOld, era === "gxproxy" || era === "v1");
		await routes(map, ["add", "-", `${host}:${port}`], { input });
		assert.equal(await ask(), 200);
		await galaxy.put("later", "::1", 8081);
		assert.deepEqual(await listed(map, KEYS), {
			abc: { state: "ready", target: `${host}:${port}` },
			galaxys: { state: "ready", target: "10.0.0.1:80" },
			later: { state: "ready", target: "[::1]:8081" },
		});

		const removed = await routes(map, ["remove", "-"], { input });
		assert.deepEqual(
			[removed.code, removed.stdout],
			[0, "ba7816bf is removed\n"],
		);
		assert.equal(await ask(), 403);
		const again = await routes(map, ["remove", "-"], { input });
		assert.equal(again.code, 1);
		assert.match(again.stderr, /has no session ba7816bf/);
		assert.deepEqual(Object.keys(await listed(map, KEYS)).sort(), [
			"galaxys",
			"later",
		]);
		assert.ok(!existsSync(`${map}.lock`));
	});

test("a missing map is created as Galaxy creates it, and a line says so", async (t) => {
	const folder = scratchFolder(t);
	for (const name of ["map.sqlite", "map.json"]) {
		const map = join(folder, name);
		const input = "abc";
		const { code, stderr } = await routes(map, ["add", "-", "[::1]:8888"], {
			input,
		});
		assert.equal(code, 0);
		assert.match(stderr, /^galaxy-proxy: created .* older Galaxy/);
		const galaxy = startGalaxyMap(t, map);
		await galaxy.put("galaxys", "10.0.0.1", 80);
		await galaxy.update("abc", "::1", 8889);
	}
	const dump =
		"import sqlite3, sys; print('\\n'.join(sqlite3.connect(sys.argv[1]).iterdump()))";
	const [, table, row] = execFileSync(
		"python3",
		["-c", dump, join(folder, "map.sqlite")],
		{ encoding: "utf8" },
	).split("\n");
	assert.equal(
		table,
		"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text);",
	);
	assert.match(row ?? "", /VALUES\('abc','::1',8889,'\[\]',NULL\)/);
	assert.deepEqual(
		JSON.parse(readFileSync(join(folder, "map.json"), "utf8")).abc,
		{ host: "::1", port: 8889, container_ids: [], container_interface: null },
	);
});

test("a target that the proxy refuses is added with a warning", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	const words = ["add", "-", "10.0.0.1:80", "--allow-target", "10.0.0.2"];
	const { code, stderr } = await routes(map, words, { input: "abc" });
	assert.equal(code, 0);
	assert.match(stderr, /refuses 10\.0\.0\.1:80: outside --allow-target/);
});

test("a file that is not a map is not overwritten", async (t) => {
	const folder = scratchFolder(t);
	for (const [name, says] of [
		["map.sqlite", /is damaged/],
		["map.json", /not a whole JSON document/],
	] as const) {
		const map = join(folder, name);
		writeFileSync(map, "[garbage");
		const words = ["add", "-", "10.0.0.1:80"];
		const { code, stderr } = await routes(map, words, { input: "abc" });
		assert.equal(code, 1);
		assert.match(stderr, says);
		assert.equal(readFileSync(map, "utf8"), "[garbage");
		assert.ok(!existsSync(`${map}.lock`));
	}
});

test("for a map without write permission the message names the right user", {
	skip: process.getuid?.() === 0 && "root may write everything",
}, async (t) => {
	const map = join(scratchFolder(t), "map.json");
	writeFileSync(map, "{}");
	chmodSync(map, 0o444);
	const { code, stderr } = await routes(map, ["add", "-", "a:1"], {
		input: "abc",
	});
	assert.equal(code, 1);
	assert.match(stderr, /may not be written.*Galaxy's user/);
});
