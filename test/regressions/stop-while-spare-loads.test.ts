import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../support/client.js";
import { scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";
import { signalIfRunning } from "../support/signal.js";

const HUNG = /^a worker (does not respond|did not get ready|has not drained)/;

/** Runs in each process before the program. The second worker, which is the spare, stops once it has said hello. */
function stoppingTheSpare(folder: string): NodeJS.ProcessEnv {
	const statement = `
import { readdirSync, writeFileSync } from "node:fs";
process.on("newListener", (name) => {
	if (name !== "SIGTERM" || !process.connected) return;
	writeFileSync(${JSON.stringify(`${folder}/`)} + process.pid, "");
	if (readdirSync(${JSON.stringify(folder)}).length < 2) return;
	console.log(JSON.stringify({ msg: "loads for ever", pid: process.pid }));
	process.kill(process.pid, "SIGSTOP");
});`;
	const url = `data:text/javascript,${encodeURIComponent(statement)}`;
	return { NODE_OPTIONS: `--import=${url}` };
}

// It was waited for. Until it had loaded, it held the address, and clients connected whom nobody accepted.
test("a spare that still loads at a stop is ended at once", async (t) => {
	let spare: number | undefined;
	// Before the daemon's end is awaited, which its spare would delay.
	t.after(() => spare && signalIfRunning(spare, "SIGKILL"));
	const folder = scratchFolder(t);
	const env = stoppingTheSpare(folder);
	const { daemon, port } = await startGroup(t, { workers: 1, env });
	const { pid } = await daemon.logged(({ msg }) => msg === "loads for ever");
	spare = Number(pid);

	assert.equal(await daemon.stop(), 0);
	spare = undefined;
	const killed = daemon.lines.filter(({ msg = "" }) => HUNG.test(msg));
	assert.deepEqual(killed, []);
	await assert.rejects(connect(t, port), { code: "ECONNREFUSED" });
});
