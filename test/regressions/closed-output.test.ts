import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { repository } from "../support/folders.js";

/** Starts the program with a closed standard output. */
function unread(...args: string[]) {
	const program = join(repository, "lib", "main.js");
	const child = spawn(process.execPath, [program, ...args]);
	child.stdout.destroy();
	return child;
}

test("a command whose output is closed does not complain", async () => {
	const child = unread("--help");
	const [said, [code]] = await Promise.all([
		text(child.stderr),
		once(child, "exit"),
	]);
	assert.deepEqual([said, code], ["", 0]);
});

for (const [args, ends] of [
	[["--help"], 0],
	[["--no-such-flag"], 2],
] as const)
	test(`${args} exits with ${ends} if standard error is closed too`, async () => {
		const child = unread(...args);
		child.stderr.destroy();
		const [code] = await once(child, "exit");
		assert.equal(code, ends);
	});
