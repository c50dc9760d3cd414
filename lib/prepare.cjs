"use strict";
// npm runs this after an install in the folder and before a pack: builds dist/ where compiler and sources are there.

const { spawnSync } = require("node:child_process");
const { existsSync, rmSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const root = dirname(__dirname);
// Not require.resolve: in Galaxy's tree that would find the compiler of a folder above.
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

if (existsSync(compiler) && existsSync(join(root, "src"))) {
	// What a source left that is gone would be packed.
	rmSync(join(root, "dist"), { recursive: true, force: true });
	const tsc = [compiler, "-p", root];
	const built = spawnSync(process.execPath, tsc, { stdio: "inherit" });
	process.exitCode = built.status === 0 ? 0 : 1;
	if (built.status === 0) writeManualPage();
} else if (!existsSync(join(root, "dist", "main.js"))) {
	console.log(
		`galaxy-proxy: not built, for want of typescript: run npm install --include=dev in ${root}`,
	);
}
if (!hasDriver() && !isDriverUnwanted()) compileDriver();

/** For package.json's "man"; the program makes it of its own flags and commands. */
function writeManualPage() {
	const program = [join(root, "dist", "main.js"), "man"];
	const made = spawnSync(process.execPath, program, { encoding: "utf8" });
	if (made.status === 0)
		writeFileSync(join(root, "dist", "galaxy-proxy.1"), made.stdout);
	else
		console.log(`galaxy-proxy: there is no manual page, since ${made.stderr}`);
}

/** Node has SQLite of its own from 22.13 on; before that better-sqlite3 must be there, and built. */
function hasDriver() {
	const [major, minor] = process.versions.node.split(".").map(Number);
	if (major > 22 || (major === 22 && minor >= 13)) return true;
	const addon = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
	return existsSync(join(root, addon));
}

/** npm install --omit=optional. */
function isDriverUnwanted() {
	return (process.env.npm_config_omit || "").split(/\s+/).includes("optional");
}

/**
 * node-gyp downloads Node's headers, and where it cannot, npm leaves the package out without a word. Debian's nodejs and
 * Node's own archives bring the headers along: with those it is compiled after all.
 */
function compileDriver() {
	const headers = dirname(dirname(process.execPath));
	const npm = process.env.npm_execpath;
	const { optionalDependencies } = require("../package.json");
	if (npm && existsSync(join(headers, "include", "node", "node.h"))) {
		const wanted = `better-sqlite3@${optionalDependencies["better-sqlite3"]}`;
		console.log(
			`galaxy-proxy: compiling ${wanted}, which takes a minute or two`,
		);
		const install = [
			npm,
			"install",
			"--no-save",
			"--no-audit",
			"--no-fund",
			wanted,
		];
		const env = { ...process.env, npm_config_nodedir: headers };
		spawnSync(process.execPath, install, { cwd: root, stdio: "inherit", env });
	}
	if (!hasDriver())
		console.log(
			"galaxy-proxy: SQLite maps need Node 22.13 or later, or better-sqlite3 with make and a C++ compiler at its installation",
		);
}
