import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

/** Runs in the daemon before lib/main.js: as npm does, it repeats the signal at once. */
const REPEATS = `data:text/javascript,${encodeURIComponent(`
	process.once("SIGTERM", () => {
		process.once("SIGTERM", () => console.error("repeated"));
		process.kill(process.pid, "SIGTERM");
	});`)}`;

// A supervisor signals the whole process group, and npm then signals its child once more if the shell between has become it.
test("under npm a SIGTERM that npm repeats does not end the drain", async (t) => {
	const backend = await startBackend(t);
	const env = { npm_command: "exec", NODE_OPTIONS: `--import=${REPEATS}` };
	const daemon = await startDaemon(t, { sessions: { abc: backend }, env });
	const idle = await connect(t, daemon.port);
	const client = await connect(t, daemon.port);
	client.send(request("GET /"));
	const container = await backend.connection(0);
	await container.until("\r\n\r\n");

	const code = daemon.stop("SIGTERM");
	await daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);
	await idle.closed;
	await assert.rejects(connect(t, daemon.port), { code: "ECONNREFUSED" });
	container.send(OK);
	assert.equal((await client.response()).text, "ok");
	client.end();
	assert.equal(await code, 0);
	assert.match(daemon.stderr, /repeated/);
});
