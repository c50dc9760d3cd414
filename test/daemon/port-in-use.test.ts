import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";

async function refused(port: number, sessions: string): Promise<string> {
	const where = ["--ip", "127.0.0.1", "--port", String(port)];
	const ended = await runCli([...where, "--sessions", sessions]);
	assert.equal(ended.code, 1);
	assert.equal(ended.stderr, "");
	const lines = ended.stdout.trimEnd().split("\n");
	assert.equal(lines.length, 1, ended.stdout);
	const { level, msg } = JSON.parse(ended.stdout);
	assert.equal(level, "error");
	return msg;
}

const skip = process.platform !== "linux" && "the holder is looked up in /proc";

test("port in use by a proxy on the same map", { skip }, async (t) => {
	const daemon = await startDaemon(t);
	const line = await refused(daemon.port, daemon.map);
	assert.match(
		line,
		new RegExp(`:${daemon.port} is in use by process ${daemon.pid}\\b`),
	);
	assert.match(line, /galaxy-proxy on the same session map/);
	assert.match(line, /dynamic_proxy_manage/);
});

test("port in use by a proxy on another map", { skip }, async (t) => {
	const daemon = await startDaemon(t);
	const other = join(scratchFolder(t), "other.sqlite");
	const line = await refused(daemon.port, other);
	assert.match(line, /galaxy-proxy on another session map/);
	assert.ok(line.includes(daemon.map));
});

test("port in use by another program", { skip }, async (t) => {
	const other = await startBackend(t);
	const line = await refused(other.port, join(scratchFolder(t), "map.sqlite"));
	assert.match(line, new RegExp(`process ${process.pid}\\b`));
	assert.match(line, /not a galaxy-proxy/);
	assert.match(line, /--port/);
});
