import assert from "node:assert/strict";
import { rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { type Group, startGroup } from "../support/group.js";
import { signalIfRunning } from "../support/signal.js";

/** A group with a request that the container has received and not answered. */
async function startInFlight(t: TestContext, args: string[] = []) {
	const container = await startBackend(t);
	const group = await startGroup(t, { sessions: { abc: container }, args });
	const client = await connect(t, group.port);
	client.send(request("GET /"));
	const connection = await container.connection(0);
	await connection.until("\r\n\r\n");
	return { group, client, connection };
}

function workersOf(group: Group): number[] {
	return [group.pidOf(1), group.pidOf(2)];
}

/** Waits until each worker has logged a line that begins so. */
async function allSay(group: Group, text: string): Promise<void> {
	for (const worker of workersOf(group))
		await group.daemon.logged(
			({ pid, msg = "" }) => pid === worker && msg.startsWith(text),
		);
}

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
	test(`${signal} to the supervisor and its workers at once, as from a terminal: requests in flight finish, exit 0`, async (t) => {
		const { group, client, connection } = await startInFlight(t);
		const workers = workersOf(group);
		const code = group.daemon.stop(signal);
		for (const pid of workers) signalIfRunning(pid, signal);
		await allSay(group, "shutting down");
		connection.send(OK);
		assert.equal((await client.response()).text, "ok");
		client.end();
		assert.equal(await code, 0);
		await allSay(group, "stopped");
	});

test("a second SIGTERM to the supervisor ends all workers at once", async (t) => {
	const args = ["--drain-timeout", "0"];
	const { group, client } = await startInFlight(t, args);
	const code = group.daemon.stop();
	await allSay(group, "shutting down");
	assert.equal(client.ending, undefined);
	group.daemon.child.kill("SIGTERM");
	await client.closed;
	assert.equal(await code, 0);
});

/** A group whose log file is a link to its standard output, which is a pipe: Node would give it a socket. */
async function startWithLogFile(t: TestContext) {
	const link = join(scratchFolder(t), "proxy.log");
	symlinkSync("/dev/stdout", link);
	const within = ["bash", "-c", 'exec "$@" > >(exec cat)', "bash"];
	const group = await startGroup(t, { args: ["--log-file", link], within });
	/** Waits until the supervisor and its workers have all logged it so often. */
	const allLog = (text: string, times: number) =>
		group.daemon.logged(() => {
			const said = group.daemon.lines.filter(({ msg }) =>
				msg?.startsWith(text),
			);
			return [group.daemon.pid, ...workersOf(group)].every(
				(each) => said.filter(({ pid }) => pid === each).length === times,
			);
		});
	return { group, link, allLog };
}

test("SIGHUP reloads all workers and the spare, and it and SIGUSR1 reopen all logs", async (t) => {
	const { group, allLog } = await startWithLogFile(t);
	const { daemon } = group;
	const spare = await group.spare();
	const spareLogs = (text: string, times: number) =>
		daemon.logged(
			() =>
				daemon.lines.filter(({ pid, msg }) => pid === spare && msg === text)
					.length === times,
		);
	daemon.child.kill("SIGHUP");
	await allSay(group, "reloaded");
	await spareLogs("reloaded", 1);
	await allLog("log file reopened", 1);
	daemon.child.kill("SIGUSR1");
	await allLog("log file reopened", 2);
	await spareLogs("log file reopened", 2);
});

test("a log file that cannot be reopened ends neither the supervisor nor its workers", async (t) => {
	const { group, link, allLog } = await startWithLogFile(t);
	rmSync(dirname(link), { recursive: true });
	group.daemon.child.kill("SIGUSR1");
	await allLog("the log file cannot be reopened", 1);
	assert.equal(await group.daemon.stop(), 0);
});
