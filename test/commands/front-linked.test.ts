import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";

const PROGRAM = "bin/galaxy-proxy.js";

/** The program in the unit that this script prints. */
function programBy(script: string): string | undefined {
	const text = execFileSync(
		process.execPath,
		[script, "front", "systemd", "--sessions", "/srv/map.sqlite"],
		{ encoding: "utf8" },
	);
	return /^ExecStart=\S+ (\S+) /m.exec(text)?.[1];
}

/** As an admin installs it: a link that is changed for each version, and the name in a folder of programs that links to it. */
function install(t: TestContext) {
	const folder = realpathSync(scratchFolder(t));
	const link = join(folder, "galaxy-proxy");
	symlinkSync(repository, link);
	const programs = join(folder, "programs");
	mkdirSync(programs);
	const linkTo = (name: string, target: string) => {
		const path = join(programs, name);
		symlinkSync(relative(programs, target), path);
		return path;
	};
	return { link, linkTo };
}

test("a unit keeps the link to the package's folder by which front was called, and so finds the next version", (t) => {
	const { link, linkTo } = install(t);
	const main = join(link, "lib/main.js");
	assert.equal(programBy(join(link, PROGRAM)), main);
	assert.equal(programBy(linkTo("galaxy-proxy", join(link, PROGRAM))), main);
});

test("a unit names the package itself if only a link to the program was called", (t) => {
	const { linkTo } = install(t);
	const main = join(repository, "lib/main.js");
	const npm = linkTo("npm", join(repository, PROGRAM));
	assert.equal(programBy(npm), main);
	assert.equal(programBy(linkTo("again", npm)), main);
});
