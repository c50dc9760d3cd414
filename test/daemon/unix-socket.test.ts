import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { anonymous, connect } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";

const isSocket = (path: string) => statSync(path).isSocket();

async function expectServed(t: TestContext, path: string): Promise<void> {
	const client = await connect(t, 0, { path });
	client.send(anonymous("GET /"));
	assert.equal((await client.response()).status, 403);
}

async function refused(path: string): Promise<string> {
	const args = ["--ip", `unix:${path}`, "--sessions", `${path}.sqlite`];
	const { code, stdout } = await runCli(args);
	assert.equal(code, 1);
	return JSON.parse(stdout).msg;
}

test("--ip unix:PATH listens there, for every user, and removes the file at the end", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const daemon = await startDaemon(t, { args: ["--ip", `unix:${path}`] });
	assert.ok(isSocket(path));
	assert.equal(statSync(path).mode & 0o666, 0o666);
	await expectServed(t, path);
	assert.equal(await daemon.stop(), 0);
	assert.equal(existsSync(path), false);
});

test("a socket that a killed daemon left behind is replaced", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const args = ["--ip", `unix:${path}`];
	const killed = await startDaemon(t, { args });
	await killed.stop("SIGKILL");
	assert.ok(isSocket(path));
	await startDaemon(t, { args });
	await expectServed(t, path);
});

test("a socket in use is left alone, and the second daemon says so", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	await startDaemon(t, { args: ["--ip", `unix:${path}`] });
	assert.match(
		await refused(path),
		/--ip: .* in use by a running process; .* choose another path/,
	);
	await expectServed(t, path);
});

test("a file of another kind is left alone", async (t) => {
	const path = join(scratchFolder(t), "precious");
	writeFileSync(path, "data");
	assert.match(await refused(path), /not a socket/);
	assert.equal(readFileSync(path, "utf8"), "data");
});

test("a missing folder is named", async (t) => {
	const path = join(scratchFolder(t), "nowhere", "proxy.sock");
	assert.match(await refused(path), /its folder must exist/);
});
