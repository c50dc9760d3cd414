import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { LogLine } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";
import { startLoggingToFile } from "../support/log-file.js";
import { writeSessionMap } from "../support/session-map.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";

const LINES = 2_000;
/** Long, but so that even one worker could keep all lines: none is dropped. */
const path = `/${"x".repeat(250)}`;

/** Words that run a program whose output is a pipe; Node makes socket pairs. */
const TO_PIPE = ["bash", "-c", 'exec "$@" > >(cat)', "bash"];

/** All exchanges are there, each with the pid of a worker, and both have written some. */
function judge(lines: LogLine[], sent: number): void {
	const exchanges = lines.filter(({ msg }) => msg === "exchange");
	assert.equal(exchanges.length, sent);
	for (const line of exchanges) assert.ok(String(line.path).startsWith(path));
	const ready = lines.filter(({ msg }) => msg === "worker ready");
	assert.deepEqual(
		new Set(exchanges.map(({ pid }) => pid)),
		new Set(ready.map(({ workerPid }) => workerPid)),
	);
}

test("the lines of several workers to one pipe stay whole", async (t) => {
	const container = await startLoadContainer(t);
	const { daemon } = await startGroup(t, {
		sessions: { abc: container },
		within: TO_PIPE,
		args: ["--verbose"],
	});
	const load = await startLoad(t, { port: daemon.port, path });
	await load.until(LINES);
	const { sent } = await load.stop();
	assert.equal(await daemon.stop(), 0);
	assert.ok(daemon.lines.every(({ pid }) => typeof pid === "number"));
	judge(daemon.lines, sent);
});

test("the lines of several workers to one file stay whole", async (t) => {
	const container = await startLoadContainer(t);
	const folder = scratchFolder(t);
	const map = join(folder, "map.sqlite");
	writeSessionMap(map, { abc: container });
	const file = join(folder, "proxy.log");
	const { child, log, port } = await startLoggingToFile(
		t,
		file,
		map,
		"--verbose",
	);
	const load = await startLoad(t, { port, path });
	await load.until(LINES);
	const { sent } = await load.stop();
	child.kill("SIGTERM");
	await log.has(3, ({ msg }) => msg === "stopped");
	judge(log.lines, sent);
});
