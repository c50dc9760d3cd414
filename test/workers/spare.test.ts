import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";
import { copyInstallation } from "../support/installation.js";

for (const workers of [1, 2])
	test(`--workers ${workers}: the spare takes the place of a worker that was killed, and there is another spare`, async (t) => {
		const sessions = { abc: await startAnswering(t) };
		const group = await startGroup(t, { workers, sessions });
		const spare = await group.spare();
		const pid = group.pidOf(workers);
		process.kill(pid, "SIGKILL");
		assert.equal(await group.successorOf(pid), spare);
		assert.equal((await ask(t, group, request("GET /"))).text, "ok");
		const next = await group.spare(spare);
		process.kill(spare, "SIGKILL");
		assert.equal(await group.successorOf(spare), next);
	});

test("a spare that dies ends nothing, however often, and is replaced", async (t) => {
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions });
	const { daemon } = group;
	const spares: number[] = [];
	for (let times = 0; times < 2; times++) {
		const spare = await group.spare(...spares);
		spares.push(spare);
		process.kill(spare, "SIGKILL");
		await daemon.logged(
			({ msg = "", workerPid }) =>
				msg.startsWith("the spare worker died") && workerPid === spare,
		);
		const pid = group.pidOf(1);
		process.kill(pid, "SIGKILL");
		assert.notEqual(await group.successorOf(pid), spare);
	}
	await group.spare(...spares);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
	assert.equal(await daemon.stop(), 0);
});

test("SIGTERM to the spare alone ends it, which is no death, and it is replaced", async (t) => {
	const group = await startGroup(t);
	const spare = await group.spare();
	process.kill(spare, "SIGTERM");
	await group.spare(spare);
	assert.equal(await group.daemon.stop(), 0);
	const died = group.daemon.lines.filter(({ msg = "" }) =>
		msg.includes("died"),
	);
	assert.deepEqual(died, []);
});

test("after a rolling restart the spare has the new code and configuration too", async (t) => {
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions });
	const { daemon } = group;
	const old = await group.spare();
	await group.roll();
	const spare = await group.spare(old);
	await daemon.logged(({ pid, msg }) => pid === old && msg === "stopped");
	const pid = group.pidOf(1);
	process.kill(pid, "SIGKILL");
	assert.equal(await group.successorOf(pid), spare);
	const { generation } = await daemon.logged(
		({ msg, workerPid }) => msg === "worker ready" && workerPid === spare,
	);
	assert.equal(generation, 2);
});

test("code of another language on the disk gives no spare, and the workers go on", async (t) => {
	const { script } = copyInstallation(t);
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions, script });
	const { daemon } = group;
	const spare = await group.spare();
	const code = join(script, "../../dist/group.js");
	const text = readFileSync(code, "utf8");
	writeFileSync(code, text.replace(/PROTOCOL = \d+/, "PROTOCOL = 1000"));
	const pid = group.pidOf(1);
	process.kill(pid, "SIGKILL");
	assert.equal(await group.successorOf(pid), spare);
	await daemon.logged(({ msg = "" }) =>
		msg.startsWith("the spare worker died"),
	);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
	assert.equal(await daemon.stop(), 0);
	assert.match(daemon.stderr, /cannot be a worker of a supervisor/);
});
