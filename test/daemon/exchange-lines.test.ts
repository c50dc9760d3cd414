import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { anonymous, connect, request } from "../support/client.js";
import { STOPPED, startAnswering, startBackend } from "../support/container.js";
import {
	type DaemonOptions,
	type LogLine,
	startDaemon,
} from "../support/daemon.js";

/** The line that an exchange leaves, without what differs from run to run. */
async function lineOf(
	t: TestContext,
	text: string,
	options: DaemonOptions,
): Promise<LogLine> {
	const args = [...(options.args ?? []), "--verbose"];
	const daemon = await startDaemon(t, { ...options, args });
	const client = await connect(t, daemon.port);
	await client.send(text).response();
	const line = await daemon.logged(({ msg }) => msg === "exchange");
	assert.equal(line.pid, daemon.pid);
	assert.equal(new Date(String(line.time)).toISOString(), line.time);
	assert.ok(Number.isInteger(line.ms) && Number(line.ms) < 60_000);
	const { pid, time, ms, msg, level, ...rest } = line;
	return rest;
}

const session = createHash("sha256").update("abc").digest("hex").slice(0, 8);

test("a served exchange: who, what, where, how it ended", async (t) => {
	const container = await startAnswering(t);
	const text = `${request("POST /a?b", "Content-Length: 3")}abc`;
	const line = await lineOf(t, text, { sessions: { abc: container } });
	assert.deepEqual(line, {
		session,
		method: "POST",
		path: "/a",
		target: `127.0.0.1:${container.port}`,
		status: 200,
		in: 3,
		out: 2,
		termination: "--",
	});
});

test("a refused one has no target", async (t) => {
	const line = await lineOf(t, anonymous("GET /a"), {});
	const { method, path, status, termination, target } = line;
	assert.deepEqual(
		[method, path, status, termination, target],
		["GET", "/a", 403, "PR", ""],
	);
});

test("a dead container's says so", async (t) => {
	const sessions = { abc: STOPPED };
	const line = await lineOf(t, request("GET /a"), { sessions });
	assert.deepEqual([line.status, line.termination], [502, "SC"]);
	assert.match(String(line.cause), /ECONNREFUSED/);
});

test("a container that closes without an answer", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.end();
	});
	const sessions = { abc: container };
	const line = await lineOf(t, request("GET /a"), { sessions });
	assert.deepEqual(
		[line.session, line.status, line.termination],
		[session, 502, "SH"],
	);
});
