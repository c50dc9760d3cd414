import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { repository, scratchFolder } from "../support/folders.js";
import { LogFile } from "../support/log-file.js";
import { writeSessionMap } from "../support/session-map.js";

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
		const file = new LogFile(t, log);
		const logged = (message: string) =>
			file.has(1, ({ msg }) => msg === message);
		const { port } = await logged("listening");
		await logged("session map readable");
		const client = await connect(t, Number(port));
		await client.send(request("GET /")).response();
		await logged("exchange");

		renameSync(log, `${log}.1`);
		child.kill(signal);
		await logged("log file reopened");
		assert.equal((await client.send(request("GET /")).response()).text, "ok");
		await logged("exchange");
		child.kill("SIGTERM");
		assert.deepEqual(await ended, [0, null]);
		await logged("stopped");
		assert.doesNotMatch(readFileSync(`${log}.1`, "utf8"), /reopened|stopped/);
	});
