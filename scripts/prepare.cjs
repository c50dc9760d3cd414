"use strict";
// npm runs this after an install in the folder and before a pack. It builds dist/ if the compiler and the sources are there.

const { spawnSync } = require("node:child_process");
const { existsSync, rmSync } = require("node:fs");
const { dirname, join } = require("node:path");

const root = dirname(__dirname);
// Not require.resolve: in Galaxy's tree that would find the compiler of a folder above.
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

// npm 10 and older run this for `npm pack --ignore-scripts` too. A build would take dist/ away from tests that run meanwhile.
if (process.env.npm_config_ignore_scripts === "true") process.exit();

if (existsSync(compiler) && existsSync(join(root, "src"))) {
	// Output of deleted sources would be packed.
	rmSync(join(root, "dist"), { recursive: true, force: true });
	const tsc = [compiler, "-p", root];
	const built = spawnSync(process.execPath, tsc, { stdio: "inherit" });
	process.exitCode = built.status === 0 ? 0 : 1;
	if (built.status === 0) writeManualPage();
} else if (!existsSync(join(root, "dist", "main.js"))) {
	console.log(
		`galaxy-proxy: not built, because typescript is not installed: run npm install --include=dev in ${root}`,
	);
}
if (!hasDriver() && !isDriverUnwanted()) compileDriver();

/** For package.json's "man". The program works without it. */
function writeManualPage() {
	const script = [join(__dirname, "man-page.mjs")];
	const { status, stderr } = spawnSync(process.execPath, script, {
		encoding: "utf8",
	});
	if (status !== 0)
		console.log(`galaxy-proxy: the manual page was not written: ${stderr}`);
}

/** Node has a SQLite module from 22.13 on; before that better-sqlite3 must be installed and compiled. */
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
 * node-gyp downloads Node's headers. If it cannot, npm silently leaves the optional package out. Debian's nodejs and Node's
 * archives contain the headers, so compile with those.
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
			"galaxy-proxy: SQLite maps need Node 22.13 or later, or better-sqlite3, whose installation needs make and a C++ compiler",
		);
}
