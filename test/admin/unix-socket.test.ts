import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";

/** Status and body of a GET there. */
async function askAt(
	socketPath: string,
	path = "/healthz",
	host = "localhost",
) {
	const headers = { host };
	const asked = request({ socketPath, path, headers });
	const response = await new Promise<import("node:http").IncomingMessage>(
		(resolve, reject) =>
			asked.once("response", resolve).once("error", reject).end(),
	);
	return { status: response.statusCode, body: await text(response) };
}

const listening = ({ msg }: { msg?: string }) => msg === "admin listening";

test("it serves at a socket of mode 0660 or stricter, with the same Hosts, and removes it", async (t) => {
	const path = join(scratchFolder(t), "admin.sock");
	const daemon = await startDaemon(t, { args: ["--admin", `unix:${path}`] });
	await daemon.logged(listening);
	assert.equal(statSync(path).mode & 0o777 & ~0o660, 0);
	assert.deepEqual(await askAt(path), { status: 200, body: "ok\n" });
	assert.equal((await askAt(path, "/routes", "evil.example")).status, 403);
	assert.equal(await daemon.stop(), 0);
	assert.ok(!existsSync(path));
});

test("a socket that a killed daemon left behind is replaced", async (t) => {
	const path = join(scratchFolder(t), "admin.sock");
	const args = ["--admin", `unix:${path}`];
	const first = await startDaemon(t, { args });
	await first.logged(listening);
	await first.stop("SIGKILL");
	assert.ok(existsSync(path));
	const second = await startDaemon(t, { args });
	await second.logged(listening);
	assert.equal((await askAt(path)).status, 200);
});

test("a running daemon's socket, and a file that is not a socket, is left alone: exit code 1", async (t) => {
	const path = join(scratchFolder(t), "admin.sock");
	const first = await startDaemon(t, { args: ["--admin", `unix:${path}`] });
	await first.logged(listening);
	const file = `${path}.txt`;
	writeFileSync(file, "precious");
	for (const [taken, why] of [
		[path, /in use by a running process/],
		[file, /is not a socket/],
	] as const) {
		const args = ["--admin", `unix:${taken}`];
		const second = await startDaemon(t, { args, stillLoads: true });
		const line = await second.logged(({ level }) => level === "error");
		assert.match(String(line.msg), why);
		assert.equal(await second.exited(), 1);
	}
	assert.equal((await askAt(path)).status, 200);
	assert.equal(statSync(file).size, "precious".length);
});
