import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";

test("SIGUSR2 replaces the workers one by one: the next one starts when the one before serves", async (t) => {
	const container = await startAnswering(t);
	const group = await startGroup(t, { sessions: { abc: container } });
	const before = [group.pidOf(1), group.pidOf(2)];
	await group.roll();
	const after = [group.pidOf(1), group.pidOf(2)];
	assert.equal(new Set([...before, ...after]).size, 4);
	const { daemon } = group;
	const steps = [];
	for (const pid of before)
		await daemon.logged((line) => line.pid === pid && line.msg === "stopped");
	for (const { msg, worker, workerPid, pid } of daemon.lines) {
		const slot = before.indexOf(Number(pid)) + 1;
		if (msg === "worker ready" && after.includes(Number(workerPid)))
			steps.push(`${worker} ready`);
		if (msg?.startsWith("shutting down") && slot > 0)
			steps.push(`${slot} drains`);
	}
	assert.deepEqual(
		steps.filter((step) => step !== "2 drains"),
		["1 ready", "1 drains", "2 ready"],
	);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
});

test("SIGUSR2 during a rolling restart: one more follows, however often it came", async (t) => {
	const group = await startGroup(t);
	const { daemon } = group;
	daemon.child.kill("SIGUSR2");
	await daemon.logged(({ msg }) => msg === "rolling restart begins");
	daemon.child.kill("SIGUSR2");
	// Signals of one kind are one until the process has taken them, so there is something in between.
	await daemon.logged(
		({ msg, generation }) => msg === "worker ready" && generation === 2,
	);
	daemon.child.kill("SIGUSR2");
	await daemon.logged(
		({ msg, generation }) => msg === "rolling restart done" && generation === 3,
	);
	assert.equal(await daemon.stop(), 0);
	const begun = daemon.lines.filter(
		({ msg }) => msg === "rolling restart begins",
	);
	assert.deepEqual(
		begun.map(({ generation }) => generation),
		[2, 3],
	);
});

test("a supervisor that is told to end during a rolling restart ends", async (t) => {
	const group = await startGroup(t);
	const { daemon } = group;
	daemon.child.kill("SIGUSR2");
	await daemon.logged(({ msg }) => msg === "rolling restart begins");
	assert.equal(await daemon.stop(), 0);
	const done = daemon.lines.filter(({ msg }) => msg === "rolling restart done");
	assert.deepEqual(done, []);
});
