import assert from "node:assert/strict";
import { test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startBackend } from "../support/container.js";
import { startGroup } from "../support/group.js";

// The second order was lost: the tunnel stayed open, and the supervisor killed the worker 13 s later.
test("a worker that gets the orders of a rolling restart and of a stop at once ends its tunnels", async (t) => {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	const sessions = { abc: container };
	const group = await startGroup(t, { workers: 1, sessions });
	const { daemon } = group;
	const tunnel = await openThrough(t, group.port);
	const former = group.pidOf(1);

	// It reads both when it continues.
	process.kill(former, "SIGSTOP");
	await group.roll();
	const successor = group.pidOf(1);
	const ended = daemon.stop();
	// The orders are sent to the former worker first.
	await daemon.logged(({ pid, msg }) => pid === successor && msg === "stopped");
	process.kill(former, "SIGCONT");
	await tunnel.closed;
	assert.equal(await ended, 0);
	const last = daemon.lines.findLast(({ pid }) => pid === former);
	assert.deepEqual(last?.cut, { requests: 0, tunnels: 1 });
});
