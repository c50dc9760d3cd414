import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { scratchFolder } from "../support/folders.js";
import { type Era, startGalaxyMap } from "../support/session-map.js";
import { listed, routes } from "./routes.js";

const FORMATS: [file: string, era: Era][] = [
	["map.sqlite", "gxproxy2"],
	["map.sqlite", "gxproxy"],
	["map.json", "v2"],
	["map.json", "v1"],
];
const KEYS = ["moved", "other", "waits"];

for (const [file, era] of FORMATS)
	test(`a map of ${era} is listed`, async (t) => {
		const path = join(scratchFolder(t), file);
		const galaxy = startGalaxyMap(t, path, era);
		await galaxy.put("moved", "10.0.0.1", 81);
		await galaxy.put("moved", "10.0.0.2", 82);
		await galaxy.put("other", "localhost", "32768");
		await galaxy.put("waits", "", -8888);
		await galaxy.put("null", "10.0.0.9", 80);
		assert.deepEqual(await listed(path, KEYS), {
			moved: { state: "ready", target: "10.0.0.2:82" },
			other: { state: "ready", target: "localhost:32768" },
			waits: { state: "not ready" },
		});
	});

test("without --json there is a line for each session, and the key on none", async (t) => {
	const path = join(scratchFolder(t), "map.sqlite");
	const galaxy = startGalaxyMap(t, path);
	await galaxy.put("abc", "::1", 32768);
	await galaxy.put("waits", null, -8888);
	const { code, stdout, stderr } = await routes(path);
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
	test(`a map that ${what} is told in one line, with exit code 1`, async (t) => {
		const path = join(scratchFolder(t), "map.sqlite");
		if (content !== undefined) writeFileSync(path, content);
		const { code, stdout, stderr } = await routes(path);
		assert.deepEqual([code, stdout], [1, ""]);
		assert.match(stderr, says);
		assert.match(stderr, /^galaxy-proxy: .*\n$/);
	});

test("a writer who is about to finish is waited for", async (t) => {
	const path = join(scratchFolder(t), "map.sqlite");
	const galaxy = startGalaxyMap(t, path);
	await galaxy.put("abc", "10.0.0.1", 80);
	await galaxy.lock();
	const locked = await routes(path);
	assert.equal(locked.code, 1);
	assert.match(locked.stderr, /is locked/);
	const waiting = listed(path, ["abc"]);
	await galaxy.unlock();
	assert.deepEqual(Object.keys(await waiting), ["abc"]);
});
