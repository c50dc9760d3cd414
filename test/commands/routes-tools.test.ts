import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { startToolMap } from "../support/tools.js";
import { routes } from "./routes.js";

const TOKEN = "s3cr3tt0k3n";

for (const file of ["map.sqlite", "map.json"])
	test(`tools of ${file} are listed by their keys, without their tokens`, async (t) => {
		const map = startToolMap(t, file);
		const needs = {
			requires_path_in_url: true,
			requires_path_in_header_named: "X-Path",
		};
		await map.put("old", TOKEN, "10.0.0.1", 80);
		await map.put("url", TOKEN, "10.0.0.2", 81, JSON.stringify(needs));
		await map.put("bad", TOKEN, "10.0.0.3", 82, "{");
		await map.put("k8s", TOKEN, "manual", 83);
		await map.put("none", null, "10.0.0.4", 84);
		const { code, stdout, stderr } = await routes(map, ["--mode", "gxit"]);
		assert.deepEqual([code, stderr], [0, ""]);
		assert.ok(!stdout.includes(TOKEN));
		const label = sessionLabel(`url/${TOKEN}`);
		const lines = stdout.trimEnd().split("\n").slice(1);
		assert.deepEqual(
			lines.map((line) => line.split(/ {2,}/)),
			[
				["old", sessionLabel(`old/${TOKEN}`), "ready", "10.0.0.1:80", "-"],
				["url", label, "ready", "10.0.0.2:81", "path in URL, path in X-Path"],
				[
					...["bad", sessionLabel(`bad/${TOKEN}`), "not ready", "-", "-"],
					"(its info cannot be read)",
				],
				["k8s", sessionLabel(`k8s/${TOKEN}`), "elsewhere", "-", "-"],
				["none", sessionLabel("none/"), "no token", "-", "-"],
			],
		);
	});

test("the table shows that the map is of tools; a row that has ended names the one that took its address", async (t) => {
	const map = startToolMap(t);
	await map.put("anna", TOKEN, "10.0.0.1", 32768);
	await map.put("ben", TOKEN, "10.0.0.1", 32768);
	const { code, stdout } = await routes(map, ["--json"]);
	assert.equal(code, 0);
	assert.ok(!stdout.includes(TOKEN));
	const [anna, ben] = stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	assert.equal(anna.key, "anna");
	assert.equal(anna.state, "ended");
	assert.match(anna.reason, new RegExp(sessionLabel(`ben/${TOKEN}`)));
	assert.equal(ben.state, "ready");
	const pruned = await routes(map, ["prune", "--ended", "--yes"]);
	assert.match(pruned.stdout, /^1 row ended.*\n1 row removed\n$/);
	const left = await routes(map);
	assert.doesNotMatch(left.stdout, /anna/);
});
