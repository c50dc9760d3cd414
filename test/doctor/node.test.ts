import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isSupported } from "../../src/commands/doctor/node-checks.js";
import { scratchFolder } from "../support/folders.js";
import { examine, expectDiagnosis } from "./examined.js";

const ARGS = ["--sessions", "/nowhere/session_map.sqlite", "--port", "1"];

test("the Nodes that package.json names are good", () => {
	const good = ["20.0.0", "20.20.2", "22.13.0", "22.14.1", "24.0.0", "26.1.0"];
	const bad = ["0.10.48", "8.17.0", "18.20.4", "19.9.0", "21.7.3", "22.12.0"];
	assert.deepEqual(good.filter(isSupported), good);
	assert.deepEqual(bad.filter(isSupported), []);
});

test("there is no node on the PATH of Galaxy's launcher", async () => {
	expectDiagnosis(await examine(ARGS, { env: { PATH: "/nowhere" } }), {
		name: "launcher",
		verdict: "doubtful",
		what: /there is no node on the PATH/,
		remedy: /PATH|ln -s \/usr\/bin\/nodejs \/usr\/bin\/node/,
	});
});

test("an old node comes first on the PATH", async (t) => {
	const folder = scratchFolder(t);
	const node = join(folder, "node");
	writeFileSync(node, "#!/bin/sh\necho v10.24.0\n");
	chmodSync(node, 0o755);
	const env = { PATH: `${folder}:${process.env.PATH}` };
	expectDiagnosis(await examine(ARGS, { env }), {
		name: "launcher",
		what: /Node 10\.24\.0/,
		remedy: /Install Node 22\.13/,
	});
});

test("SQLite cannot be read", {
	skip:
		process.getBuiltinModule?.("node:sqlite") !== undefined &&
		"this Node brings SQLite with it",
}, async (t) => {
	const hooks = join(scratchFolder(t), "hooks.mjs");
	writeFileSync(
		hooks,
		`import { register } from "node:module";
		const source = "export function resolve(name, context, next) { if (name === 'better-sqlite3') throw new Error('gone'); return next(name, context); }";
		register("data:text/javascript," + encodeURIComponent(source));`,
	);
	expectDiagnosis(await examine(ARGS, { nodeArgs: ["--import", hooks] }), {
		name: "driver",
		what: /cannot read SQLite/,
		remedy: /npm install better-sqlite3@12/,
	});
});
