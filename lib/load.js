"use strict";
// A file of its own: import() is a syntax error for the oldest Nodes that main.js speaks to.

const { pathToFileURL } = require("node:url");

/** Runs the program; where a package that it needs is not there, says in one line what to do. */
module.exports = function load(program, root) {
	import(pathToFileURL(program).href).catch((error) => {
		if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
		process.stderr.write(
			`galaxy-proxy: its packages are not installed: run npm install in ${root}\n`,
		);
		process.exit(1);
	});
};
