import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import {
	askTool,
	startToolContainer,
	startToolMap,
	startToolsDaemon,
} from "../same-address/tools-shared.js";

for (const [what, makeFile] of [
	["no file", () => {}],
	["an empty file", (path: string) => closeSync(openSync(path, "w"))],
] as const)
	test(`${what}: every tool is 503 until Galaxy makes the table, which is no warning`, async (t) => {
		const { host, port } = await startToolContainer(t);
		const map = startToolMap(t);
		makeFile(map.path);
		const daemon = await startToolsDaemon(t, map);
		const before = await askTool(t, daemon, "k", "t");
		assert.equal(before.status, 503);
		const line = await daemon.logged(
			({ msg }) => msg === "session map unreadable",
		);
		assert.equal(line.level, "info");
		assert.match(
			String(line.reason),
			/first Interactive Tool.*interactivetools_map/,
		);
		await map.put("k", "t", host, port);
		assert.equal((await askTool(t, daemon, "k", "t")).status, 200);
		assert.equal((await askTool(t, daemon, "other", "t")).status, 404);
	});

test("a table that is dropped: known tools stay, others are 503", async (t) => {
	const { host, port } = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("k", "t", host, port);
	const daemon = await startToolsDaemon(t, map);
	assert.equal((await askTool(t, daemon, "k", "t")).status, 200);
	await map.sql("DROP TABLE gxitproxy");
	assert.equal((await askTool(t, daemon, "k", "t")).status, 200);
	const [unknown, wrong] = await Promise.all([
		askTool(t, daemon, "nobody", "t"),
		askTool(t, daemon, "k", "wrong"),
	]);
	assert.equal(unknown.status, 503);
	assert.equal(wrong.status, 503);
	assert.equal(unknown.text, wrong.text);
});
