import assert from "node:assert/strict";
import { test } from "node:test";
import { startBackend } from "../../support/container.js";
import { startDaemon } from "../../support/daemon.js";
import { openThrough, switchProtocols } from "./open-tunnel.js";

test("SIGTERM ends tunnels at once, and the daemon with them", async (t) => {
	const container = await startBackend(t, switchProtocols);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		// Longer than stop() lets it live.
		args: ["--drain-timeout", "60"],
	});
	const clients = [
		await openThrough(t, daemon.port),
		await openThrough(t, daemon.port),
	];
	const code = daemon.stop("SIGTERM");
	const ends = [...clients, ...container.connections];
	await Promise.all(ends.map(({ closed }) => closed));
	assert.equal(await code, 0);
});
