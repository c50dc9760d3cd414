import assert from "node:assert/strict";
import { test } from "node:test";
import { startGroup } from "../support/group.js";
import { signalIfRunning } from "../support/signal.js";

// The supervisor waited ten seconds for it, as during its life.
test("a second SIGTERM ends a worker that hangs too", async (t) => {
	const { daemon, pidOf } = await startGroup(t);
	const pid = pidOf(1);
	process.kill(pid, "SIGSTOP");
	t.after(() => signalIfRunning(pid, "SIGKILL"));
	daemon.child.kill("SIGTERM");
	await daemon.logged(({ msg = "" }) => msg.startsWith("shutting down, the w"));
	daemon.child.kill("SIGTERM");
	assert.equal(await daemon.exited(), 0);
	const killed = daemon.lines.filter(({ msg = "" }) => msg.endsWith("killed"));
	assert.deepEqual(
		killed.map(({ workerPid, msg }) => ({ workerPid, msg })),
		[
			{
				workerPid: pid,
				msg: "a worker did not end at once and is killed",
			},
		],
	);
});
