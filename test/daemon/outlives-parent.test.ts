import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { ask, connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { Daemon, tellsOfMap } from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { signalIfRunning } from "../support/signal.js";

const LAUNCH =
	"import subprocess, sys; subprocess.Popen(sys.argv[1:], close_fds=True).wait()";

test("it keeps serving when the Galaxy that started it is killed", async (t) => {
	const container = await startAnswering(t);
	const map = join(scratchFolder(t), "map.sqlite");
	writeSessionMap(map, { abc: container });
	const words = ["--ip", "127.0.0.1", "--port", "0", "--sessions", map];
	const main = join(repository, "lib", "main.js");
	const galaxy = spawn("python3", ["-c", LAUNCH, main, ...words, "--verbose"]);
	const daemon = new Daemon(galaxy, map);
	const { port, pid } = await daemon.logged(({ msg }) => msg === "listening");
	await daemon.logged(tellsOfMap);
	t.after(() => signalIfRunning(Number(pid), "SIGKILL"));
	t.after(() => daemon.verify(false));
	const client = await connect(t, Number(port));
	assert.equal((await client.send(request("GET /")).response()).text, "ok");

	galaxy.kill("SIGKILL");
	await once(galaxy, "exit");
	assert.equal((await client.send(request("GET /")).response()).text, "ok");
	assert.equal((await ask(t, Number(port), request("GET /"))).text, "ok");
	// The pipe, which the daemon has inherited, closes when it has ended.
	const ended = daemon.exited();
	process.kill(Number(pid), "SIGTERM");
	await ended;
	assert.equal(daemon.lines.at(-1)?.msg, "stopped");
});
