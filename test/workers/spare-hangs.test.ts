import assert from "node:assert/strict";
import { test } from "node:test";
import { startGroup } from "../support/group.js";

test("the spare takes the place of a worker that hangs, and another one that of a spare that hangs", async (t) => {
	const group = await startGroup(t);
	const spare = await group.spare();
	const pid = group.pidOf(1);
	process.kill(pid, "SIGSTOP");
	assert.equal(await group.successorOf(pid), spare);
	const hanging = await group.spare(spare);
	process.kill(hanging, "SIGSTOP");
	await group.daemon.logged(
		({ msg = "", workerPid }) =>
			msg.startsWith("a worker does not respond") && workerPid === hanging,
	);
	await group.spare(spare, hanging);
});
