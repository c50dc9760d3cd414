import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { repository, scratchFolder } from "../support/folders.js";
import { LogFile } from "../support/log-file.js";
import { writeSessionMap } from "../support/session-map.js";
import { fill, smallDisk } from "../support/small-disk.js";

const REQUESTS = 300;

// The beginning of a line was removed from the file, but the next write began behind it: a hole of zeros was left.
test("standard output's file, opened without O_APPEND, has whole lines after its disk was full", async (t) => {
	const disk = smallDisk(t);
	if (disk === undefined) return;
	const file = join(disk, "output");
	const map = join(scratchFolder(t), "map.sqlite");
	writeSessionMap(map, { abc: await startAnswering(t) });
	startWritingTo(t, file, "--sessions", map, "--verbose");
	const log = new LogFile(t, file);
	const { port } = await log.has(1, ({ msg }) => msg === "listening");
	const filler = fill(disk);
	for (let n = 0; n < REQUESTS; n++) {
		const { status } = await ask(t, Number(port), request("GET /full"));
		assert.equal(status, 200);
	}

	rmSync(filler);
	await log.has(REQUESTS, ({ path }) => path === "/full");
	assert.ok(!readFileSync(file, "utf8").includes("\0"));
});

/** A daemon as after a shell's `> file`; ended after the test. */
function startWritingTo(t: TestContext, file: string, ...args: string[]): void {
	const output = openSync(file, "w");
	const main = join(repository, "lib", "main.js");
	const listen = ["--ip", "127.0.0.1", "--port", "0"];
	const child = spawn(process.execPath, [main, ...listen, ...args], {
		stdio: ["ignore", output, "inherit"],
	});
	closeSync(output);
	const ended = once(child, "exit");
	t.after(async () => {
		child.kill("SIGTERM");
		await ended;
	});
}
