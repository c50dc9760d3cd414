import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { startGalaxyMap } from "../support/session-map.js";
import { listed, routes } from "./routes.js";

const HOST = "docker";
const TARGET = `${HOST}:32768`;
const KEYS = ["old", "new", "alone"];

test("a row that has ended is listed with the session that has its address", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("old", HOST, 32768, ["a"]);
	await galaxy.put("new", HOST, 32768, ["b"]);
	await galaxy.put("alone", HOST, 32769, ["c"]);
	const reason = `session ${sessionLabel("new")} has its address now`;
	assert.deepEqual(await listed(galaxy, KEYS), {
		old: { state: "ended", target: TARGET, reason },
		new: { state: "ready", target: TARGET },
		alone: { state: "ready", target: `${HOST}:32769` },
	});
	const { stdout } = await routes(galaxy);
	const line = `${sessionLabel("old")}  ended      ${TARGET}  (${reason})`;
	assert.ok(stdout.split("\n").includes(line), stdout);
	for (const key of KEYS)
		assert.doesNotMatch(stdout, new RegExp(`\\b${key}\\b`));
});

test("contested rows are listed with the sessions at the same address", async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	const keys = Array.from({ length: 8 }, (_, at) => `key${at}`);
	for (const key of keys) await galaxy.put(key, HOST, 32768, [key]);
	await galaxy.put("alone", HOST, 32769, ["c"]);
	const found = await listed(galaxy, [...keys, "alone"]);
	assert.deepEqual(found.alone, { state: "ready", target: `${HOST}:32769` });
	const shown = keys.slice(1, 6).map(sessionLabel).join(", ");
	assert.deepEqual(found.key0, {
		state: "contested",
		target: TARGET,
		reason: `the same address as ${shown} and 2 more`,
	});
	const { stdout } = await routes(galaxy);
	assert.equal(stdout.match(/ {2}contested {2}/g)?.length, 8);
	assert.doesNotMatch(stdout, /key\d/);
});

for (const file of ["map.sqlite", "map.json"])
	test(`with --same-address any all rows of ${file} are ready`, async (t) => {
		const galaxy = startGalaxyMap(t, file);
		await galaxy.put("old", HOST, 32768, ["a"]);
		await galaxy.put("new", HOST, 32768, ["b"]);
		assert.deepEqual(await listed(galaxy, KEYS, ["--same-address", "any"]), {
			old: { state: "ready", target: TARGET },
			new: { state: "ready", target: TARGET },
		});
	});
