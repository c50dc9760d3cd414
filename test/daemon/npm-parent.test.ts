// Symptom with gx-it-proxy: SIGTERM to npx left the proxy behind, on its port, below process 1 (galaxyproject/gravity#90).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { Daemon, tellsOfMap } from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";
import { type Row, writeSessionMap } from "../support/session-map.js";
import { signalIfRunning } from "../support/signal.js";

const LAUNCH =
	"import subprocess, sys; subprocess.Popen(sys.argv[1:], close_fds=True).wait()";

/** Galaxy's virtual environment has an npx and a node that are Python programs, and npm runs the daemon by a shell. */
const CHAINS = {
	"its parent": [["python3", "-c", LAUNCH]],
	"npx, three processes above it": [
		["python3", "-c", LAUNCH],
		["sh", "-c", '"$@"; true', "sh"],
		["python3", "-c", LAUNCH],
	],
};

async function start(
	t: TestContext,
	sessions: Record<string, Row>,
	chain: readonly (readonly string[])[],
) {
	const map = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(map, sessions);
	const [command = "", ...words] = [
		...chain.flat(),
		process.execPath,
		join(repository, "lib", "main.js"),
		...["--ip", "127.0.0.1", "--port", "0", "--sessions", map],
	];
	const env = { ...process.env, npm_command: "exec" };
	// A process group of its own, as a supervisor gives one to npx.
	const npx = spawn(command, words, { env, detached: true });
	const daemon = new Daemon(npx, map);
	t.after(() => signalIfRunning(-daemon.pid, "SIGKILL"));
	const { port } = await daemon.logged(({ msg }) => msg === "listening");
	await daemon.logged(tellsOfMap);
	daemon.port = Number(port);
	return { npx, daemon };
}

for (const [what, chain] of Object.entries(CHAINS))
	test(`under npm it drains and ends when ${what} has ended`, async (t) => {
		const backend = await startBackend(t);
		const { npx, daemon } = await start(t, { abc: backend }, chain);
		const idle = await connect(t, daemon.port);
		const client = await connect(t, daemon.port);
		client.send(request("GET /"));
		const container = await backend.connection(0);
		await container.until("\r\n\r\n");

		npx.kill("SIGTERM");
		await daemon.logged(({ msg }) => msg?.startsWith("npm, which") === true);
		// Its grace begins when the listeners have closed.
		await idle.closed;
		await assert.rejects(connect(t, daemon.port), { code: "ECONNREFUSED" });
		container.send(OK);
		assert.equal((await client.response()).text, "ok");
		client.end();
		// The pipe, which the daemon has inherited, closes when it has ended.
		await daemon.exited();
		assert.equal(daemon.lines.at(-1)?.msg, "stopped");
	});
