import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";

const isFailure = ({ msg = "" }) =>
	msg.startsWith("a worker could not be started");
const isSuccess = ({ msg = "" }) => msg === "workers can be started again";

function limitFiles(pid: number, files: number): void {
	execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${files}:`]);
}

test("without descriptors for a new worker the others go on, the log says so once, and it starts when there are some", async (t) => {
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions });
	const { daemon } = group;
	const pid = group.pidOf(2);
	// Without a spare, and the next one follows after ten seconds, a new worker is needed.
	const spare = await group.spare();
	process.kill(spare, "SIGKILL");
	await daemon.logged(({ msg = "" }) => msg.startsWith("the spare worker"));
	const before = Number(
		execFileSync("prlimit", [
			`--pid=${daemon.pid}`,
			"--nofile",
			"--noheadings",
			"--output=SOFT",
		]),
	);
	limitFiles(daemon.pid, readdirSync(`/proc/${daemon.pid}/fd`).length - 2);
	process.kill(pid, "SIGKILL");
	const { reason } = await daemon.logged(isFailure);
	assert.match(String(reason), /EMFILE/);
	for (let times = 0; times < 20; times++)
		assert.equal((await ask(t, group, request("GET /"))).text, "ok");
	limitFiles(daemon.pid, before);
	await group.successorOf(pid);
	await daemon.logged(isSuccess);
	assert.equal(daemon.lines.filter(isFailure).length, 1);
	assert.equal(daemon.lines.filter(isSuccess).length, 1);
});

test("a rolling restart that cannot start a worker stops, and the workers go on", async (t) => {
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions });
	const { daemon } = group;
	limitFiles(daemon.pid, readdirSync(`/proc/${daemon.pid}/fd`).length);
	daemon.child.kill("SIGUSR2");
	const { reason } = await daemon.logged(({ msg = "" }) =>
		msg.startsWith("rolling restart stopped"),
	);
	assert.match(String(reason), /EMFILE/);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
	assert.equal(await daemon.stop(), 0);
});
