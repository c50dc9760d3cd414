import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { findHolders, parentsFirst } from "../../src/listening/port-holder.js";
import { runCli } from "../cli/run-cli.js";
import { anonymous, ask, connect, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGroup } from "../support/group.js";

const skip = process.platform !== "linux" && "the holder is looked up in /proc";

async function expectNamed(t: TestContext, args: string[] = []) {
	const { daemon, port } = await startGroup(t);
	const where = ["--ip", "127.0.0.1", "--port", String(port)];
	const sessions = ["--sessions", daemon.map];
	const { code, stdout } = await runCli([...where, ...sessions, ...args]);
	assert.equal(code, 1);
	const { msg } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
	assert.match(msg, new RegExp(`is in use by process ${daemon.pid}\\b`));
}

test(
	"of a supervisor and its workers the message names the supervisor",
	{
		skip,
	},
	(t) => expectNamed(t),
);

test("a second supervisor names the first one", { skip }, (t) =>
	expectNamed(t, ["--workers", "2"]),
);

test("a process comes before its children, whichever pids they have", () => {
	const [systemd, supervisor] = [
		{ pid: 1, parent: 0 },
		{ pid: 900, parent: 1 },
	];
	const workers = [
		{ pid: 20, parent: 900 },
		{ pid: 901, parent: 900 },
	];
	assert.deepEqual(parentsFirst([systemd, ...workers, supervisor]), [
		systemd,
		supervisor,
		...workers,
	]);
});

test("a worker that drains after its supervisor's death does not hold the port", {
	skip,
}, async (t) => {
	const container = await startBackend(t);
	const sessions = { abc: container };
	// The request is still in flight when the next daemon has started, however slowly.
	const args = ["--drain-timeout", "60"];
	const { daemon, port } = await startGroup(t, { sessions, args });
	const client = await connect(t, port);
	client.send(request("GET /"));
	const inHand = await container.connection(0);
	await inHand.until("\r\n\r\n");
	const gone = daemon.stop("SIGKILL");
	// The workers notice it at different times, and close once their queue is empty.
	while ((await findHolders(port)).length > 0);
	assert.equal(client.ending, undefined);
	const next = await startDaemon(t, { args: ["--port", String(port)] });
	assert.equal((await ask(t, next, anonymous("GET /"))).status, 403);
	inHand.send(OK);
	assert.equal((await client.response()).status, 200);
	await gone;
});
