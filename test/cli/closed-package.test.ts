import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";

const skip =
	process.getuid?.() !== 0 && "only root can start another account's process";
const NOBODY = 65_534;

/** A copy of the program that every account can read, except for one part. */
function programWithout(t: TestContext, closed: string): string {
	const root = scratchFolder(t);
	for (const part of ["package.json", "lib", "dist"])
		cpSync(join(repository, part), join(root, part), { recursive: true });
	execFileSync("chmod", ["-R", "a+rX", root]);
	chmodSync(join(root, closed), 0o700);
	return root;
}

for (const closed of ["dist", "dist/main.js"])
	test(`a closed ${closed} is not taken for a missing one`, { skip }, (t) => {
		const root = programWithout(t, closed);
		const { status, stderr } = spawnSync(
			process.execPath,
			[join(root, "lib/main.js"), "--help"],
			{ uid: NOBODY, gid: NOBODY, encoding: "utf8", cwd: "/" },
		);
		assert.equal(status, 1);
		assert.match(
			stderr,
			/^galaxy-proxy: this account may not read .*: run chmod -R go\+rX \S+\n$/,
		);
	});
