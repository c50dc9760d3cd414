import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { spawnDaemon } from "../support/daemon.js";
import { startGroup } from "../support/group.js";
import { copyInstallation } from "../support/installation.js";

test("a worker that was killed is replaced", async (t) => {
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions });
	const pid = group.pidOf(2);
	process.kill(pid, "SIGKILL");
	const { signal } = await group.daemon.logged(
		({ msg = "", workerPid }) =>
			msg.startsWith("a worker died") && workerPid === pid,
	);
	assert.equal(signal, "SIGKILL");
	assert.notEqual(await group.successorOf(pid), pid);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
});

test("a worker that somebody ended by SIGTERM is replaced while it drains, and is no death", async (t) => {
	const group = await startGroup(t, { workers: 1 });
	const { daemon } = group;
	for (let times = 0; times < 4; times++) {
		const pid = group.pidOf(1);
		process.kill(pid, "SIGTERM");
		await group.successorOf(pid);
	}
	assert.equal(await daemon.stop(), 0);
	const died = daemon.lines.filter(({ msg = "" }) => msg.includes("died"));
	assert.deepEqual(died, []);
});

test("three deaths within 10 s end the supervisor with 1, and the workers that live drain", async (t) => {
	const group = await startGroup(t, { workers: 3 });
	const { daemon } = group;
	const [other, pid] = [group.pidOf(1), group.pidOf(2)];
	// Two at once, so that one start of a worker has 10 s.
	process.kill(pid, "SIGKILL");
	process.kill(group.pidOf(3), "SIGKILL");
	process.kill(await group.successorOf(pid), "SIGKILL");
	assert.equal(await daemon.exited(), 1);
	assert.ok(daemon.lines.some(({ msg = "" }) => /^3 workers died/.test(msg)));
	const drained = daemon.lines.some(
		(line) => line.pid === other && line.msg === "stopped",
	);
	assert.ok(drained, "the other worker has drained");
});

test("a worker that ends with 1 before the group is ready ends the supervisor with 1", async (t) => {
	const { script } = copyInstallation(t);
	const code = join(script, "../../dist/daemon/daemon.js");
	appendFileSync(code, "\nthrow new Error('an incomplete installation');\n");
	const daemon = spawnDaemon(t, { script, args: ["--workers", "2"] });
	assert.equal(await daemon.exited(), 1);
	assert.match(daemon.stderr, /an incomplete installation/);
	const died = daemon.lines.filter(({ msg = "" }) => msg.includes("died"));
	assert.deepEqual(died, []);
});
