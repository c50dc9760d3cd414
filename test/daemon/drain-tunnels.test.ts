import assert from "node:assert/strict";
import { test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startBackend } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const began = (daemon: Daemon) =>
	daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);

test("--tunnel-drain keeps tunnels open, beyond --drain-timeout too, and then ends them", async (t) => {
	const backend = await startBackend(t, switchProtocols, { halfOpen: true });
	const args = ["--tunnel-drain", "4", "--drain-timeout", "0.2"];
	const daemon = await startDaemon(t, { sessions: { abc: backend }, args });
	const tunnel = await openThrough(t, daemon.port);
	const container = await backend.connection(0);

	const since = performance.now();
	const code = daemon.stop();
	await began(daemon);
	tunnel.send("there");
	await container.until("there");
	container.send("and back");
	await tunnel.until("and back");
	await tunnel.closed;
	assert.ok(performance.now() - since >= 3_990);
	assert.equal(await code, 0);
	const { cut } = await daemon.logged(({ msg }) => msg === "stopped");
	assert.deepEqual(cut, { requests: 0, tunnels: 1 });
});

test("in a drain, a removed row ends its tunnel", async (t) => {
	const backend = await startBackend(t, switchProtocols, { halfOpen: true });
	const galaxy = startGalaxyMap(t);
	await galaxy.put("abc", backend.host, backend.port);
	const args = ["--tunnel-drain", "3600"];
	const daemon = await startDaemon(t, { map: galaxy.path, args });
	const tunnel = await openThrough(t, daemon.port);
	const code = daemon.stop();
	await began(daemon);
	await galaxy.remove("abc");
	await tunnel.closed;
	assert.equal(await code, 0);
});

test("the drain ends with its last tunnel, and a second signal ends it at once", async (t) => {
	const backend = await startBackend(t, switchProtocols, { halfOpen: true });
	const args = ["--tunnel-drain", "3600"];
	const one = await startDaemon(t, { sessions: { abc: backend }, args });
	const tunnel = await openThrough(t, one.port);
	const code = one.stop();
	await began(one);
	tunnel.end();
	(await backend.connection(0)).end();
	assert.equal(await code, 0);

	const two = await startDaemon(t, { sessions: { abc: backend }, args });
	const other = await openThrough(t, two.port);
	const ended = two.stop();
	await began(two);
	two.child.kill("SIGTERM");
	await other.closed;
	assert.equal(await ended, 0);
});
