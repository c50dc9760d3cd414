"use strict";
// npm runs this after an install in the folder and before a pack: builds dist/ where compiler and sources are there.

const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { dirname, join } = require("node:path");

const root = dirname(__dirname);
// Not require.resolve: in Galaxy's tree that would find the compiler of a folder above.
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

if (existsSync(compiler) && existsSync(join(root, "src"))) {
	const tsc = [compiler, "-p", root];
	const built = spawnSync(process.execPath, tsc, { stdio: "inherit" });
	process.exitCode = built.status === 0 ? 0 : 1;
} else if (!existsSync(join(root, "dist", "main.js"))) {
	console.log(
		`galaxy-proxy: not built, for want of typescript: run npm install --include=dev in ${root}`,
	);
}
