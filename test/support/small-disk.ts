import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratchFolder } from "./folders.js";

const OPTIONS = "-t tmpfs -o size=128k tmpfs".split(" ");

/** A disk of 128 KiB, or nothing where this account may not mount one; then the test is skipped. */
export function smallDisk(t: TestContext): string | undefined {
	let mounted = false;
	// Before the folder is removed.
	t.after(() => mounted && execFileSync("umount", ["-l", folder]));
	const folder = scratchFolder(t);
	mounted =
		process.getuid?.() === 0 &&
		spawnSync("mount", [...OPTIONS, folder]).status === 0;
	if (!mounted) return void t.skip("only root can make a small disk");
	return folder;
}

/** Fills such a disk with one file. @returns its path: without it there is room again */
export function fill(folder: string): string {
	const file = join(folder, "filler");
	assert.throws(() => writeFileSync(file, Buffer.alloc(200_000)), /ENOSPC/);
	return file;
}
