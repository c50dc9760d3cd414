import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../support/client.js";
import { scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";
import { signalIfRunning } from "../support/signal.js";

const HUNG = /^a worker (does not respond|did not get ready|has not drained)/;

/** Runs in each process before the program. All workers but the first one stop once they have said hello. */
function stoppingLaterWorkers(folder: string): NodeJS.ProcessEnv {
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

// They were waited for. Until they had loaded, they held the address, and clients connected whom nobody accepted.
for (const kind of ["spare", "worker of a rolling restart"])
	test(`a ${kind} that still loads at a stop is ended at once`, async (t) => {
		let loading: number | undefined;
		// Before the daemon's end is awaited, which it would delay.
		t.after(() => loading && signalIfRunning(loading, "SIGKILL"));
		const env = stoppingLaterWorkers(scratchFolder(t));
		const { daemon, port } = await startGroup(t, { workers: 1, env });
		if (kind !== "spare") daemon.child.kill("SIGUSR2");
		const { pid } = await daemon.logged(({ msg }) => msg === "loads for ever");
		loading = Number(pid);

		assert.equal(await daemon.stop(), 0);
		loading = undefined;
		const killed = daemon.lines.filter(({ msg = "" }) => HUNG.test(msg));
		assert.deepEqual(killed, []);
		await assert.rejects(connect(t, port), { code: "ECONNREFUSED" });
	});
