import assert from "node:assert/strict";
import { test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { connect } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startGroup } from "../support/group.js";

async function start(t: Parameters<typeof startBackend>[0]) {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	return startGroup(t, { workers: 1, sessions: { abc: container } });
}

test("three generations of workers keep their tunnels, and a fourth ends those of the oldest", async (t) => {
	const group = await start(t);
	const tunnels = [];
	for (let generation = 1; generation <= 3; generation++) {
		const idle = await connect(t, group.port);
		tunnels.push(await openThrough(t, group.port, "abc"));
		if (generation === 3) break;
		await group.roll();
		// Its grace begins when its worker has closed its listener, so the next tunnel is the new worker's.
		await idle.closed;
	}
	const [oldest, ...others] = tunnels;
	for (const tunnel of tunnels) assert.equal(tunnel.ending, undefined);
	await group.roll();
	await oldest?.closed;
	for (const tunnel of others) assert.equal(tunnel.ending, undefined);
});

test("SIGTERM to the supervisor ends the tunnels of earlier generations too", async (t) => {
	const group = await start(t);
	const tunnel = await openThrough(t, group.port, "abc");
	await group.roll();
	assert.equal(tunnel.ending, undefined);
	const ended = group.daemon.stop();
	await tunnel.closed;
	assert.equal(await ended, 0);
	const late = group.daemon.lines.filter(({ msg = "" }) =>
		msg.includes("is killed"),
	);
	assert.deepEqual(late, []);
});
