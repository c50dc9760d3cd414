import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { examine, expectDiagnosis } from "./examined.js";

const HOST = "127.0.0.1";

test("rows that have ended are explained, by label", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const galaxy = startGalaxyMap(t, map);
	await galaxy.put("secret-old", HOST, 1, ["a"]);
	await galaxy.put("secret-new", HOST, 1, ["b"]);
	const { findings, stdout } = await examine([
		"--sessions",
		map,
		"--port",
		"1",
	]);
	const rows = findings.filter(({ name }) => name === "rows");
	const ended = rows.find(({ what }) => what.includes("later row"));
	assert.equal(ended?.verdict, "good");
	assert.match(ended.what, new RegExp(sessionLabel("secret-old")));
	assert.doesNotMatch(ended.what, new RegExp(sessionLabel("secret-new")));
	assert.match(ended.what, /routes prune --ended.*--same-address any/);
	assert.ok(!rows.some(({ what }) => /is in 2 rows/.test(what)));
	assert.doesNotMatch(stdout, /secret-/);
});

test("contested rows are doubtful", async (t) => {
	const map = join(scratchFolder(t), "map.json");
	const galaxy = startGalaxyMap(t, map);
	await galaxy.put("secret-a", HOST, 1, ["a"]);
	await galaxy.put("secret-b", HOST, 1, ["b"]);
	const examined = await examine(["--sessions", map, "--port", "1"]);
	const [a, b] = ["secret-b", "secret-a"].map(sessionLabel);
	expectDiagnosis(examined, {
		name: "rows",
		verdict: "doubtful",
		what: new RegExp(`^2 rows lead to .*: sessions ${a}, ${b}`),
		remedy: /routes remove -/,
	});
	assert.doesNotMatch(examined.stdout, /secret-/);
});

test("rows that nothing tells apart are doubtful where they share an address", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const galaxy = startGalaxyMap(t, map);
	await galaxy.put("a", HOST, 1, []);
	await galaxy.put("b", HOST, 1, []);
	expectDiagnosis(await examine(["--sessions", map, "--port", "1"]), {
		name: "rows",
		verdict: "doubtful",
		what: /127\.0\.0\.1:1 is in 2 rows/,
		remedy: /routes remove -/,
	});
});
