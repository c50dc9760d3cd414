import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { openUntaken, startUntaking } from "../support/untaken.js";

const skip = process.platform !== "linux" && "memory is read in /proc";
const PEERS = 32;
/** Kilobytes for each exchange whose two sides do not keep pace. */
const EACH_KB = 512;

function residentKB(daemon: Daemon): number {
	const status = readFileSync(`/proc/${daemon.pid}/status`, "latin1");
	return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}

test("a heap of 24 MB carries transfers nobody reads", { skip }, async (t) => {
	const container = await startUntaking(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		args: ["--drain-timeout", "0.1"],
		env: { NODE_OPTIONS: "--max-old-space-size=24" },
	});
	const before = residentKB(daemon);
	await openUntaken(t, daemon.port, { peers: PEERS, megabytes: 6 });
	const { status } = await ask(t, daemon, request("GET /small"));
	assert.equal(status, 204);
	const grown = residentKB(daemon) - before;
	assert.ok(grown < 2 * PEERS * EACH_KB, `${grown} kB`);
});
