import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { connect, request } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";

test("before any map was read the daemon is alive and not ready", async (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	const { ask, daemon, metric } = await startWatched(t, { map });
	assert.equal((await ask("/healthz")).status, 200);
	const early = await ask("/readyz");
	assert.equal(early.status, 503);
	assert.match(early.text, /^not ready: no session map was read yet: .*exist/);
	assert.equal(await metric("galaxy_proxy_ready"), 0);
	writeSessionMap(map, {});
	await daemon.logged(({ msg }) => msg === "session map readable");
	assert.equal((await ask("/readyz")).status, 200);
	assert.equal(await metric("galaxy_proxy_ready"), 1);
});

test("while it drains it is not ready", async (t) => {
	const container = await startBackend(t);
	const { ask, daemon } = await startWatched(t, {
		sessions: { abc: container },
	});
	const client = await connect(t, daemon.port);
	client.send(request("GET /"));
	const asked = await container.connection(0);
	await asked.until("\r\n\r\n");
	daemon.child.kill("SIGTERM");
	await daemon.logged(({ msg }) => String(msg).startsWith("shutting down"));
	const answer = await ask("/readyz");
	assert.equal(answer.status, 503);
	assert.match(answer.text, /shutting down/);
	assert.equal((await ask("/healthz")).status, 200);
	asked.send("HTTP/1.1 204 No Content\r\n\r\n");
	assert.equal((await client.response()).status, 204);
	assert.equal(await daemon.exited(), 0);
});

test("a map that has become unreadable makes it unready only after half a minute", async (t) => {
	const preload = new URL("steady-clock-that-jumps.js", import.meta.url);
	const env = { NODE_OPTIONS: `--import=${preload}` };
	const { ask, daemon, metric } = await startWatched(t, { env });
	rmSync(daemon.map);
	writeFileSync(daemon.map, "no database");
	await daemon.logged(({ msg }) => msg === "session map unreadable");
	assert.equal((await ask("/readyz")).status, 200);
	daemon.child.kill("SIGUSR2");
	await daemon.printed(/jumped/);
	const answer = await ask("/readyz");
	assert.equal(answer.status, 503);
	assert.match(answer.text, /has been unreadable for \d+ s: .*session_map/);
	assert.equal(await metric("galaxy_proxy_session_map_readable"), 0);
	rmSync(daemon.map);
	writeSessionMap(daemon.map, {});
	const good = ({ msg }: { msg?: string }) => msg === "session map readable";
	const times = () => daemon.lines.filter(good).length;
	await daemon.logged((line) => good(line) && times() === 2);
	assert.equal((await ask("/readyz")).status, 200);
});
