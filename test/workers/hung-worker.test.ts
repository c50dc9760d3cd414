import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";

test("a worker that hangs is killed after 10 s and replaced; the other one serves meanwhile", async (t) => {
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions });
	const { daemon } = group;
	const pid = group.pidOf(1);
	const stopped = performance.now();
	process.kill(pid, "SIGSTOP");
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
	await daemon.logged(
		({ msg = "", workerPid }) =>
			msg.startsWith("a worker does not respond") && workerPid === pid,
	);
	const seconds = (performance.now() - stopped) / 1000;
	// Its last sign of life came up to a second before, and the supervisor looks once a second.
	assert.ok(seconds > 8.5, `killed after ${seconds} s`);
	await group.successorOf(pid);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
});
