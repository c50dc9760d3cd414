import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { as, connect, request } from "../support/client.js";
import { startAnswering, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import type { Row } from "../support/session-map.js";

const PROGRAM = `
const server = require("node:http").createServer((request, response) => response.end("awake"));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

/** A container in a separate process, which can be stopped. */
async function startProcess(
	t: TestContext,
): Promise<{ child: ChildProcess; row: Row }> {
	const child = spawn(process.execPath, ["-e", PROGRAM], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	t.after(() => child.kill("SIGKILL"));
	const [port] = await once(child.stdout, "data");
	return { child, row: { host: "127.0.0.1", port: Number(port) } };
}

test("a stopped container keeps only its own clients waiting, and answers when it continues", async (t) => {
	const { child, row } = await startProcess(t);
	const other = await startAnswering(t);
	const sessions = { stopped: row, other };
	const daemon = await startDaemon(t, { sessions });
	const waiting = await connect(t, daemon.port);
	child.kill("SIGSTOP");
	const late = waiting.send(as("stopped", request("GET /"))).response();
	const client = await connect(t, daemon.port);
	for (let n = 0; n < 20; n++)
		assert.equal(
			(await client.send(as("other", request("GET /"))).response()).status,
			200,
		);
	assert.equal(waiting.receivedBytes, 0);
	child.kill("SIGCONT");
	assert.equal((await late).text, "awake");
});

test("with --response-timeout they get an answer in time, and the log names the container", async (t) => {
	const { child, row } = await startProcess(t);
	const sessions = { stopped: row };
	const args = ["--response-timeout", "3"];
	const daemon = await startDaemon(t, { sessions, args });
	const client = await connect(t, daemon.port);
	child.kill("SIGSTOP");
	assert.equal(
		(await client.send(as("stopped", request("GET /"))).response()).status,
		504,
	);
	const line = await daemon.logged(({ status }) => status === 504);
	assert.deepEqual(
		[line.msg, line.target, line.cause],
		["container failed", `${row.host}:${row.port}`, "no answer in time"],
	);
	child.kill("SIGCONT");
	const { text } = await client
		.send(as("stopped", request("GET /")))
		.response();
	assert.equal(text, "awake");
});

/** Seconds that a client has, and the longer time in milliseconds for which the daemon is stopped. */
const TIMEOUT = "3";
const STOPPED_MS = 5_000;

test("time in which the daemon is stopped counts against no client: requests in flight continue, new ones are served", async (t) => {
	const container = await startAnswering(t);
	const silent = await startBackend(t);
	const times = ["head", "body", "response", "idle"].flatMap((name) => [
		`--${name}-timeout`,
		TIMEOUT,
	]);
	const daemon = await startDaemon(t, {
		sessions: { abc: container, silent },
		args: times,
	});
	const half = request("GET /half").slice(0, 30);
	const inHead = (await connect(t, daemon.port)).send(half);
	const inBody = await connect(t, daemon.port);
	inBody.send(`${request("POST /body", "Content-Length: 6")}abc`);
	await (await container.connection(0)).until("abc");
	const waiting = await connect(t, daemon.port);
	const ask = as("silent", request("GET /"));
	waiting.send(ask);
	const asked = await silent.connection(0);
	await asked.until("\r\n\r\n");

	daemon.child.kill("SIGSTOP");
	const meanwhile = await connect(t, daemon.port);
	meanwhile.send(request("GET /meanwhile"));
	await pause(STOPPED_MS);
	daemon.child.kill("SIGCONT");

	const status = async (client: typeof inHead) =>
		(await client.response()).status;
	asked.send("HTTP/1.1 204 No Content\r\n\r\n");
	assert.equal(await status(waiting), 204);
	assert.equal(await status(inHead.send(request("GET /half").slice(30))), 200);
	assert.equal(await status(inBody.send("def")), 200);
	assert.equal(await status(meanwhile), 200);
});
