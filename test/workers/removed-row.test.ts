import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import type { RawClient } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startGroup } from "../support/group.js";
import { startClock } from "../support/processor.js";
import { startGalaxyMap } from "../support/session-map.js";

const SESSIONS = ["one", "two", "three", "four", "five"];

test("a removed row ends its tunnels in a draining worker within 100 ms, and no others", async (t) => {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	const galaxy = startGalaxyMap(t);
	for (const session of ["stays", ...SESSIONS])
		await galaxy.put(session, container.host, container.port, [session]);
	const args = ["--same-address", "any", "--verbose"];
	const group = await startGroup(t, { map: galaxy.path, args });
	const stays = await openThrough(t, group.port, "stays");
	const tunnels = new Map<string, RawClient>();
	for (const session of SESSIONS)
		tunnels.set(session, await openThrough(t, group.port, session));
	const draining = [group.pidOf(1), group.pidOf(2)];
	await group.roll();
	const times = [];
	for (const [session, tunnel] of tunnels) {
		assert.equal(tunnel.ending, undefined);
		await galaxy.remove(session);
		const clocks = draining.map((pid) => ({ pid, clock: startClock([pid]) }));
		await tunnel.closed;
		const took = new Map(clocks.map(({ pid, clock }) => [pid, clock()]));
		// The line of the worker that had the tunnel.
		const line = await group.daemon.logged(
			({ session: label }) => label === sessionLabel(session),
		);
		times.push(Math.round(took.get(Number(line.pid)) ?? Infinity));
	}
	t.diagnostic(`ended after ${times} ms`);
	const [, , median = Infinity] = times.toSorted((a, b) => a - b);
	assert.ok(median <= 100, `${times} ms`);
	const { connections } = container;
	connections[0]?.send("still here");
	await stays.until("still here");
});
