import assert from "node:assert/strict";
import { test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startWatched } from "../support/admin.js";
import { ask, request } from "../support/client.js";
import { startAnswering, startBackend } from "../support/container.js";
import { startGalaxyMap } from "../support/session-map.js";

const P = "galaxy_proxy";
const WORKERS = ["--workers", "2"];
const SERVING = `${P}_workers{state="serving"}`;

test("the requests of all workers are one number", async (t) => {
	const container = await startAnswering(t);
	const sessions = { abc: container };
	const { daemon, metric } = await startWatched(t, { sessions, args: WORKERS });
	const clients = Array.from({ length: 40 }, () =>
		ask(t, daemon.port, request("GET /")),
	);
	for (const answer of await Promise.all(clients))
		assert.equal(answer.status, 200);
	const total = `${P}_requests_total{class="2xx",termination="--"}`;
	assert.equal(await metric(total), 40);
	assert.equal(await metric(`${P}_request_duration_seconds_count`), 40);
	const inf = `${P}_request_duration_seconds_bucket{le="+Inf"}`;
	assert.equal(await metric(inf), 40);
});

test("the tunnels of one session in several workers are summed, the session counts once", async (t) => {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	const sessions = { abc: container };
	const { daemon, metric, askJson } = await startWatched(t, {
		sessions,
		args: WORKERS,
	});
	for (let count = 0; count < 8; count++) await openThrough(t, daemon.port);
	assert.equal(await metric(`${P}_open_tunnels`), 8);
	assert.equal(await metric(`${P}_active_sessions`), 1);
	const routes = await askJson<{ sessions: Record<string, unknown>[] }>(
		"/routes",
	);
	assert.equal(routes.sessions.length, 1);
	const [{ last_activity, ...row } = {}] = routes.sessions;
	assert.deepEqual(row, {
		session: "ba7816bf",
		target: `127.0.0.1:${container.port}`,
		state: "open",
		requests: 8,
		open_requests: 0,
		open_tunnels: 8,
		bytes_from_client: 0,
		bytes_to_client: 0,
	});
	assert.ok(Date.now() - Date.parse(String(last_activity)) < 60_000);
});

test("each process has its own memory, start and processor time", async (t) => {
	const { metric } = await startWatched(t, { args: WORKERS });
	while ((await metric(SERVING)) < 2);
	for (const worker of ["1", "2", "supervisor"])
		for (const name of [
			"process_cpu_seconds_total",
			"process_resident_memory_bytes",
			"process_start_time_seconds",
		])
			assert.ok((await metric(`${name}{worker="${worker}"}`)) > 0, worker);
});

const CHANGES = 8;

test("a change of the map counts once, although each worker reads it", async (t) => {
	const { daemon, metric, askJson } = await startWatched(t, { args: WORKERS });
	const changes = () => metric(`${P}_session_map_changes_total`);
	const newest = async () =>
		(await askJson<{ newest: number }>("/live")).newest;
	while ((await metric(SERVING)) < 2);
	assert.equal(await changes(), 0);
	const galaxy = startGalaxyMap(t, daemon.map);
	for (let port = 1; port <= CHANGES; port++) {
		const before = await changes();
		await galaxy.put("abc", "127.0.0.1", port);
		while ((await changes()) === before);
	}
	// Each worker looks for changes at least once a second, and a sample is taken each second.
	const read = (await newest()) + 3;
	while ((await newest()) < read);
	// A worker may read a change twice, where the file's time is not fine enough to tell.
	const counted = await changes();
	assert.ok(counted >= CHANGES && counted < 2 * CHANGES, `${counted}`);
});
