import assert from "node:assert/strict";
import { test } from "node:test";
import { runSoak } from "./run-soak.js";

test("after seconds of mixed load every answer was right and the descriptors are back", async (t) => {
	const { tally, quiet } = await runSoak(t, 4);
	assert.deepEqual([tally.wrong, tally.examples], [0, []]);
	const [first, last] = quiet.map((sample) => sample.descriptors);
	assert.equal(last, first);
	for (const [kind, { right, left }] of Object.entries(tally.counts))
		assert.ok(right + left > 0, `no ${kind} were asked for`);
});
