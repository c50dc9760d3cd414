import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";

const skip =
	process.getuid?.() !== 0 && "only root can start another account's process";
const NOBODY = 65_534;

/** A copy of the program that every account can read, except for one part, which has this mode. */
function programWithout(t: TestContext, closed: string, mode = 0o700): string {
	const root = scratchFolder(t);
	for (const part of [
		...["package.json", "lib", "dist", "assets"],
		"node_modules/commander",
	])
		cpSync(join(repository, part), join(root, part), { recursive: true });
	execFileSync("chmod", ["-R", "a+rX", root]);
	chmodSync(join(root, closed), mode);
	return root;
}

function helpFor(root: string) {
	return spawnSync(process.execPath, [join(root, "lib/main.js"), "--help"], {
		uid: NOBODY,
		gid: NOBODY,
		encoding: "utf8",
		cwd: "/",
	});
}

for (const closed of ["package.json", "dist", "dist/main.js", "node_modules"])
	test(`a closed ${closed} is not taken for a missing one`, { skip }, (t) => {
		const root = programWithout(t, closed);
		const { status, stderr } = helpFor(root);
		assert.equal(status, 1);
		assert.match(
			stderr,
			/^galaxy-proxy: this account may not read .*: run chmod -R go\+rX \S+\n$/,
		);
	});

test("node_modules that may be listed and not entered is closed", {
	skip,
}, (t) => {
	const { stderr } = helpFor(programWithout(t, "node_modules", 0o744));
	assert.match(stderr, /^galaxy-proxy: this account may not read /);
});

test("node_modules that may be entered and not listed is enough", {
	skip,
}, (t) => {
	const root = programWithout(t, "node_modules", 0o711);
	const { status, stdout, stderr } = helpFor(root);
	assert.equal(status, 0, stderr);
	assert.match(stdout, /^Usage: /);
});
