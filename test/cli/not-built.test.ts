import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { runCli } from "./run-cli.js";

/** A copy of these parts of the repository, as it may lie in a Galaxy. */
function copyOf(t: TestContext, parts: string[]): string {
	const copy = join(scratchFolder(t), "galaxy root", "lib/galaxy/web/proxy/js");
	mkdirSync(copy, { recursive: true });
	for (const part of ["package.json", "lib", "scripts", ...parts])
		cpSync(join(repository, part), join(copy, part), { recursive: true });
	return copy;
}

const prepare = (root: string, omit = "optional") =>
	runCli([], {
		script: join(root, "scripts", "prepare.cjs"),
		env: { npm_config_omit: omit },
	});
/** Node 22.13 and later bring SQLite along. */
const hasSqlite = process.getBuiltinModule?.("node:sqlite") !== undefined;
const help = (root: string) =>
	runCli(["--help"], { script: join(root, "lib", "main.js") });

test("without dist/ one line says what to run and where", async (t) => {
	const root = copyOf(t, []);
	const { code, stderr } = await help(root);
	assert.equal(code, 1);
	assert.match(stderr, /^galaxy-proxy: .*npm install --include=dev in .*\n$/);
	assert.ok(stderr.includes(root));
});

test("with dist/ but without packages one line says so", async (t) => {
	const root = copyOf(t, ["dist"]);
	const { code, stderr } = await help(root);
	assert.equal(code, 1);
	assert.match(stderr, /^galaxy-proxy: .*npm install in .*\n$/);
});

test("if a package that only the daemon needs is missing, one line names it and the remedy", async (t) => {
	const root = copyOf(t, ["dist"]);
	mkdirSync(join(root, "node_modules"));
	for (const name of ["commander", "pino"])
		symlinkSync(
			join(repository, "node_modules", name),
			join(root, "node_modules", name),
		);
	const { code, stderr } = await runCli(
		["--port", "0", "--sessions", "/nowhere/map.sqlite"],
		{ script: join(root, "lib", "main.js") },
	);
	assert.equal(code, 1);
	assert.match(stderr, /^galaxy-proxy: .*npm install .*'cookie'\n$/);
});

test("with half of dist/ one line says what to run", async (t) => {
	const root = copyOf(t, ["dist"]);
	rmSync(join(root, "dist", "cli", "program.js"));
	const { code, stderr } = await help(root);
	assert.equal(code, 1);
	assert.match(stderr, /^galaxy-proxy: .*npm install --include=dev in .*\n$/);
});

test("an install without development packages succeeds and says in one line that nothing was built", async (t) => {
	const root = copyOf(t, ["src", "tsconfig.json"]);
	const { code, stdout } = await prepare(root);
	assert.equal(code, 0);
	assert.match(stdout, /^galaxy-proxy: not built.*--include=dev.*\n$/);
});

test("an install with dist/ prints nothing", async (t) => {
	const { code, stdout, stderr } = await prepare(copyOf(t, ["dist"]));
	assert.deepEqual([code, stdout, stderr], [0, "", ""]);
});

test("an install with them builds dist/, in a folder of Galaxy's and without git", async (t) => {
	const root = copyOf(t, ["src", "tsconfig.json"]);
	symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
	const { code, stdout } = await prepare(root);
	assert.equal(code, 0, stdout);
	assert.ok(existsSync(join(root, "dist", "main.js")));
	assert.equal((await help(root)).code, 0);
});

test("an install that left a Node without SQLite says so in one line", async (t) => {
	const root = copyOf(t, ["dist"]);
	const { code, stdout } = await prepare(root, "dev");
	assert.equal(code, 0);
	const line = /^galaxy-proxy: .*Node 22\.13.*better-sqlite3.*\n$/;
	assert.match(stdout, hasSqlite ? /^$/ : line);
});
