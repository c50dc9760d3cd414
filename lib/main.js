#!/usr/bin/env node
"use strict";
// Galaxy executes this file itself. It is ES5, so that any Node can parse it and say what is needed.

// A daemon must outlive these signals while it starts, and SIGUSR1 must never open Node's debugger, through which every local
// user could run code. src/process/signals.ts continues.
process.on("SIGALRM", ignore);
process.on("SIGHUP", ignore);
process.on("SIGUSR1", ignore);
process.on("SIGUSR2", ignore);
function ignore() {}

// biome-ignore-start lint/style/useNodejsImportProtocol: Node before 14 does not know node:
var fs = require("fs");
var path = require("path");
// biome-ignore-end lint/style/useNodejsImportProtocol: as above

var root = path.dirname(__dirname);
var program = path.join(root, "dist", "main.js");
var needsNode = [
	"galaxy-proxy: needs Node 20 or later, this is",
	process.version,
	"at",
	process.execPath,
];
var needsBuild = [
	"galaxy-proxy: is not built, or not completely: run npm install --include=dev in",
	root,
];
var needsPackages = [
	"galaxy-proxy: its packages are not installed: run npm install in",
	root,
];
var needsRights = [
	"galaxy-proxy: this account may not read all files of its package: run chmod -R go+rX",
	root,
];

/** One file of each part. Packages of a hoisted installation are elsewhere. */
var NEEDED = [
	"package.json",
	"dist/main.js",
	"node_modules/commander/package.json",
];

/** R_OK, which old releases of Node name elsewhere. */
var READ = 4;

function isClosed(file) {
	try {
		fs.accessSync(path.join(root, file), READ);
	} catch (error) {
		return error.code === "EACCES";
	}
	return false;
}

function fail(words) {
	process.stderr.write(words.join(" ").concat("\n"));
	process.exit(1);
}

/** For two seconds, closes the debugger if a SIGUSR1 before this file has opened it: Node opens it late, sometimes twice. */
function closeDebugger(times) {
	// biome-ignore lint/style/useNodejsImportProtocol: as above
	var inspector = require("inspector");
	if (inspector.url()) inspector.close();
	if (times > 1) setTimeout(closeDebugger, 100, times - 1).unref();
}

var nodeFlags = process.execArgv.concat(process.env.NODE_OPTIONS).join(" ");
var isWanted = /--inspect(-brk|-wait)?(=|\s|$)/.test(nodeFlags);
if (process.features.inspector && !isWanted)
	setTimeout(closeDebugger, 100, 20).unref();

if (parseInt(process.version.slice(1), 10) < 20) fail(needsNode);
else if (NEEDED.some(isClosed)) fail(needsRights);
else if (!fs.existsSync(program)) fail(needsBuild);
else load();

function load() {
	try {
		require(program);
	} catch (error) {
		if (error.code !== "MODULE_NOT_FOUND") throw error;
		// Our own files are required by a path.
		fail(error.message.indexOf("'.") < 0 ? needsPackages : needsBuild);
	}
}
