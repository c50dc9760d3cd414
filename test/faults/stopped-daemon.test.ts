import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect, request } from "../support/client.js";
import { startAnswering, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

/** Seconds that a client gets, and milliseconds for which the daemon is stopped: more, and seen as no busy loop. */
const TIMEOUT = "3";
const STOPPED_MS = 5_000;

test("time in which the daemon is stopped is nobody's: who was in the middle goes on, who came meanwhile is served", async (t) => {
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
	const ask = request("GET /").replace("=abc", "=silent");
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
