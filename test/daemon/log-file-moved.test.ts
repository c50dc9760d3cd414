import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, watch } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { repository, scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { Changes } from "../support/wait.js";

/** Waits for the line of this message in a file that may not exist yet. */
function lineIn(t: TestContext, folder: string, name: string, message: string) {
	const path = join(folder, name);
	const text = () => (existsSync(path) ? readFileSync(path, "utf8") : "");
	const changes = new Changes();
	const watcher = watch(folder, () => changes.notify());
	t.after(() => watcher.close());
	const find = () =>
		text()
			.split("\n")
			.filter((line) => line.includes(`"msg":"${message}"`))
			.map((line) => JSON.parse(line))[0];
	return changes.wait(message, find, text);
}

for (const signal of ["SIGHUP", "SIGUSR1"] as const)
	test(`${signal} after logrotate: the log continues in a new file, and the daemon continues to serve`, async (t) => {
		const folder = scratchFolder(t);
		const map = join(folder, "map.sqlite");
		const log = join(folder, "proxy.log");
		const container = await startAnswering(t);
		writeSessionMap(map, { abc: container });
		const words = ["--ip", "127.0.0.1", "--port", "0", "--sessions", map];
		const child = spawn(
			join(repository, "lib", "main.js"),
			[...words, "--log-file", log, "--verbose"],
			{ stdio: "inherit" },
		);
		const ended = once(child, "exit");
		t.after(() => child.kill("SIGKILL"));
		const { port } = await lineIn(t, folder, "proxy.log", "listening");
		await lineIn(t, folder, "proxy.log", "session map readable");
		const client = await connect(t, port);
		await client.send(request("GET /")).response();
		await lineIn(t, folder, "proxy.log", "exchange");

		renameSync(log, `${log}.1`);
		child.kill(signal);
		await lineIn(t, folder, "proxy.log", "log file reopened");
		assert.equal((await client.send(request("GET /")).response()).text, "ok");
		await lineIn(t, folder, "proxy.log", "exchange");
		child.kill("SIGTERM");
		assert.deepEqual(await ended, [0, null]);
		await lineIn(t, folder, "proxy.log", "stopped");
		assert.doesNotMatch(readFileSync(`${log}.1`, "utf8"), /reopened|stopped/);
	});
