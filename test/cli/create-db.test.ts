import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { startToolMap } from "../support/tools.js";
import { runCli } from "./run-cli.js";

const script = join(repository, "bin", "gx-it-proxy-create-db.js");

/** Of each column: name, type, whether NULL is refused, place in the primary key. */
const GALAXYS = [
	["key", "VARCHAR(16)", 1, 1],
	["key_type", "TEXT", 1, 2],
	["token", "VARCHAR(32)", 0, 0],
	["host", "TEXT", 0, 0],
	["port", "INTEGER", 0, 0],
	["info", "TEXT", 0, 0],
];

function query(path: string, sql: string): unknown {
	const program =
		"import json, sqlite3, sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))";
	const printed = execFileSync("python3", ["-c", program, path, sql]);
	return JSON.parse(printed.toString());
}

const COLUMNS =
	"SELECT name, type, \"notnull\", pk FROM pragma_table_info('gxitproxy')";

test("it makes Galaxy's table, and leaves an existing one alone", async (t) => {
	const cwd = scratchFolder(t);
	const args = ["--sessions", "map.sqlite"];
	const made = await runCli([...args, "--verbose"], { script, cwd });
	assert.deepEqual([made.code, made.stderr], [0, ""]);
	const path = join(cwd, "map.sqlite");
	assert.match(made.stdout, /map\.sqlite: the table is made/);
	assert.deepEqual(query(path, COLUMNS), GALAXYS);

	const map = startToolMap(t, path);
	await map.put("k", "t", "127.0.0.1", 1);
	const again = await runCli(args, { script, cwd });
	assert.deepEqual([again.code, again.stdout, again.stderr], [0, "", ""]);
	assert.deepEqual(query(path, "SELECT key, token FROM gxitproxy"), [
		["k", "t"],
	]);
});

test("a table of Galaxy 19.09 stays as it is", async (t) => {
	const map = startToolMap(t, "map.sqlite", "gxitproxy-19.09");
	await map.put("k", "t", "127.0.0.1", 1);
	const before = query(map.path, COLUMNS);
	const args = ["--sessions", map.path, "--verbose"];
	const { code, stdout } = await runCli(args, { script });
	assert.equal(code, 0);
	assert.match(stdout, /the table exists/);
	assert.deepEqual(query(map.path, COLUMNS), before);
});

test("wrong usage is exit code 2, with a sentence", async (t) => {
	const cwd = scratchFolder(t);
	for (const [args, says] of [
		[[], /--sessions <file>/],
		[["--sessions", "map.json"], /end in \.sqlite/],
		[["--sessions", "postgresql://a:s3cr3t@b/c?sslmod=prefer"], /sslmod/],
		[["--sessions", "a.sqlite", "b"], /too many/],
		[
			["--sessions", "a.sqlite", "--sesions=postgresql://a:s3cr3t@b/c"],
			/unknown option '--sesions=/,
		],
		[["--sessions", "a.sqlite", "--verbos"], /--verbose/],
	] as [string[], RegExp][]) {
		const { code, stderr } = await runCli(args, { script, cwd });
		assert.equal(code, 2, args.join(" "));
		assert.match(stderr, says);
		assert.match(stderr, /^gx-it-proxy-create-db: /);
		assert.doesNotMatch(stderr, /s3cr3t/);
	}
	assert.ok(!existsSync(join(cwd, "map.json")));
});

test("a folder that does not exist is exit code 1", async (t) => {
	const path = join(scratchFolder(t), "missing", "map.sqlite");
	const { code, stderr } = await runCli(["--sessions", path], { script });
	assert.equal(code, 1);
	assert.match(stderr, /map\.sqlite: .*check the folder/);
});
