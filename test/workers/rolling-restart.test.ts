import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import type { LogLine } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";

test("SIGUSR2 replaces the workers one by one: the next one starts when the one before serves", async (t) => {
	const container = await startAnswering(t);
	const group = await startGroup(t, { sessions: { abc: container } });
	const before = [group.pidOf(1), group.pidOf(2)];
	await group.roll();
	const after = [group.pidOf(1), group.pidOf(2)];
	assert.equal(new Set([...before, ...after]).size, 4);
	const { daemon } = group;
	// Lines of several processes may be read in another order than they were written.
	const at = async (isIt: (line: LogLine) => boolean) =>
		String((await daemon.logged(isIt)).time);
	const begins = (slot: number) => at(({ pid }) => pid === after[slot - 1]);
	const isReady = (slot: number) =>
		at(
			({ msg, workerPid }) =>
				msg === "worker ready" && workerPid === after[slot - 1],
		);
	const drains = (slot: number) =>
		at(
			({ msg = "", pid }) =>
				msg.startsWith("shutting down") && pid === before[slot - 1],
		);
	for (const steps of [
		[await begins(1), await isReady(1), await begins(2), await isReady(2)],
		// An old worker drains by itself meanwhile.
		[await isReady(1), await drains(1)],
		[await isReady(2), await drains(2)],
	])
		assert.deepEqual(steps, steps.toSorted());
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
});

/** A group, and a file: as long as it exists, new workers wait at their start. */
async function startHeld(t: TestContext) {
	const hold = join(scratchFolder(t), "hold");
	const statement = `
		import { existsSync } from "node:fs";
		const cell = new Int32Array(new SharedArrayBuffer(4));
		if (process.env.GALAXY_PROXY_WORKER)
			while (existsSync(${JSON.stringify(hold)})) Atomics.wait(cell, 0, 0, 10);`;
	const url = `data:text/javascript,${encodeURIComponent(statement)}`;
	const group = await startGroup(t, {
		env: { NODE_OPTIONS: `--import=${url}` },
	});
	writeFileSync(hold, "");
	return { group, release: () => rmSync(hold) };
}

test("SIGUSR2 during a rolling restart: one more follows, however often it came", async (t) => {
	const { group, release } = await startHeld(t);
	const { daemon } = group;
	daemon.child.kill("SIGUSR2");
	await daemon.logged(({ msg }) => msg === "rolling restart begins");
	daemon.child.kill("SIGUSR2");
	// Signals of one kind are one until the process has taken them, so there is something in between.
	daemon.child.kill("SIGHUP");
	await daemon.logged(({ msg }) => msg === "reloaded");
	daemon.child.kill("SIGUSR2");
	release();
	for (const number of [2, 3])
		await daemon.logged(
			({ msg, generation }) =>
				msg === "rolling restart done" && generation === number,
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
	const { group, release } = await startHeld(t);
	const { daemon } = group;
	daemon.child.kill("SIGUSR2");
	await daemon.logged(({ msg }) => msg === "rolling restart begins");
	const ended = daemon.stop();
	release();
	assert.equal(await ended, 0);
	const done = daemon.lines.filter(({ msg }) => msg === "rolling restart done");
	assert.deepEqual(done, []);
});
