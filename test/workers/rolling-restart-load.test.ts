import assert from "node:assert/strict";
import { test } from "node:test";
import { startGroup } from "../support/group.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";

test("two rolling restarts in a row lose no request and cut no tunnel", async (t) => {
	const container = await startLoadContainer(t);
	const group = await startGroup(t, { sessions: { abc: container } });
	const { port } = group;
	const load = await startLoad(t, { port, rate: 200, tunnels: 16 });
	for (let times = 0; times < 2; times++) {
		await load.until(100);
		await group.roll();
	}
	const { echoed } = load.counts.tunnels;
	await load.until(200);
	const { lost, losses, tunnels } = await load.stop();
	assert.deepEqual({ lost, losses }, { lost: 0, losses: [] });
	assert.equal(tunnels.cut, 0);
	assert.ok(tunnels.echoed > echoed, "tunnels echo after the last restart");
});
