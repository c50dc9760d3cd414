import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { ask, connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";

const delays = ({ msg = "" }) => msg.includes("--drain-delay");

test("--drain-delay: not ready, and still serving, until it is over", async (t) => {
	const args = ["--admin", "127.0.0.1:0", "--drain-delay", "4"];
	const watched = await startWatched(t, { args });
	const { daemon } = watched;
	const since = performance.now();
	const code = daemon.stop();
	await daemon.logged(delays);
	const { status, text } = await watched.ask("/readyz");
	assert.equal(status, 503);
	assert.match(text, /shutting down/);
	assert.equal((await ask(t, daemon, request("GET /"))).status, 403);
	assert.equal(await code, 0);
	assert.ok(performance.now() - since >= 3_990);
	await assert.rejects(connect(t, daemon.port), { code: "ECONNREFUSED" });
});

test("a second signal ends the delay", async (t) => {
	const daemon = await startDaemon(t, { args: ["--drain-delay", "3600"] });
	const code = daemon.stop();
	await daemon.logged(delays);
	daemon.child.kill("SIGTERM");
	assert.equal(await code, 0);
});
