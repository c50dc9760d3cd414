import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";
import { within } from "../support/wait.js";

/** Runs in each process before lib/main.js: where the FIFO exists, it reads it to its end. */
const waitsFor = (fifo: string) => `
	import { existsSync, readFileSync } from "node:fs";
	if (existsSync("${fifo}")) readFileSync("${fifo}");
`;

// The old worker was told to end although the new one was ending too, and until then nobody accepted connections.
test("a new worker that gets SIGTERM as soon as it is ready does not end the old one", async (t) => {
	const container = await startBackend(t);
	const sessions = { abc: container };
	const fifo = join(scratchFolder(t), "fifo");
	const url = `data:text/javascript,${encodeURIComponent(waitsFor(fifo))}`;
	const env = { NODE_OPTIONS: `--import=${url}` };
	const group = await startGroup(t, { workers: 1, sessions, env });
	const { daemon, port } = group;
	const old = group.pidOf(1);
	const known = [daemon.pid, old, await group.spare()];

	execFileSync("mkfifo", [fifo]);
	daemon.child.kill("SIGUSR2");
	const file = await within("a new worker", open(fifo, "w"), String);
	// The supervisor will read at once that the new worker is ready and that it drains.
	process.kill(old, "SIGSTOP");
	process.kill(daemon.pid, "SIGSTOP");
	await file.close();
	const client = await connect(t, port);
	client.send(request("GET /"));
	const connection = await container.connection(0);
	const { pid } = await daemon.logged(
		(line) => line.pid !== undefined && !known.includes(Number(line.pid)),
	);
	process.kill(Number(pid), "SIGTERM");
	await daemon.logged(
		(line) => line.pid === pid && line.msg?.startsWith("shutting") === true,
	);
	process.kill(daemon.pid, "SIGCONT");
	const last = await daemon.logged(({ msg = "" }) =>
		/^rolling restart (done|stopped)/.test(msg),
	);
	process.kill(old, "SIGCONT");
	assert.equal(last.workerPid, pid);
	assert.equal(group.pidOf(1), pid);
	connection.send(OK);
	assert.equal((await client.response()).text, "ok");
});
