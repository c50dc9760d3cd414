import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { connect, request } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";

interface Live {
	workers: { pid: number; state: string }[];
}

const WORKERS = ["--workers", "2"];

test("the group is not ready before a worker has read the map, and says why", async (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	const { ask, daemon, metric } = await startWatched(t, { map, args: WORKERS });
	assert.equal((await ask("/healthz")).status, 200);
	const early = await ask("/readyz");
	assert.equal(early.status, 503);
	assert.match(early.text, /^not ready: no session map was read yet: /);
	assert.equal(await metric("galaxy_proxy_ready"), 0);
	writeSessionMap(map, {});
	await daemon.logged(({ msg }) => msg === "session map readable");
	while ((await ask("/readyz")).status !== 200);
	assert.equal(await metric("galaxy_proxy_ready"), 1);
});

test("the group stays ready while one worker is", async (t) => {
	const { ask, askJson, metric } = await startWatched(t, { args: WORKERS });
	const workers = async () => (await askJson<Live>("/live")).workers;
	const isWhole = async () =>
		(await workers()).map(({ state }) => state).join() === "serving,serving";
	while (!(await isWhole()));
	const [{ pid = 0 } = {}] = await workers();
	process.kill(pid, "SIGKILL");
	while ((await metric("galaxy_proxy_worker_deaths_total")) === 0)
		assert.equal((await ask("/readyz")).text, "ready\n");
	do assert.equal((await ask("/readyz")).text, "ready\n");
	while (!(await isWhole()));
});

test("the group is not ready while its supervisor drains", async (t) => {
	const container = await startBackend(t);
	const sessions = { abc: container };
	const { ask, daemon } = await startWatched(t, { sessions, args: WORKERS });
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
