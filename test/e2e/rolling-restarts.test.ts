import assert from "node:assert/strict";
import { test } from "node:test";
import { startGroup } from "../support/group.js";
import {
	LOAD_KINDS,
	startLoad,
	startLoadContainer,
} from "../support/steady-load.js";

const TIMES = 5;

for (const kind of LOAD_KINDS)
	test(`${TIMES} rolling restarts at 2,000 requests/s lose nothing: ${kind}`, async (t) => {
		const container = await startLoadContainer(t);
		const group = await startGroup(t, { sessions: { abc: container } });
		const load = await startLoad(t, { port: group.port, kinds: [kind] });
		for (let times = 0; times < TIMES; times++) {
			await load.until(500);
			await group.roll();
		}
		await load.until(500);
		const { latency, ...counts } = await load.stop();
		t.diagnostic(JSON.stringify({ ...counts, latency }));
		assert.deepEqual(counts.losses, []);
		assert.equal(counts.lost, 0);
		assert.equal(counts.answered, counts.sent);
	});
