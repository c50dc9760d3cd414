// The long run; needs the daemon and the tests built:
//   node build/test/soak/soak.js --minutes 10 --record
// --record writes the picture and the figures into docs/.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { figuresOf, record } from "./record.js";
import { runSoak } from "./run-soak.js";
import { verdictOn } from "./samples.js";

const { values } = parseArgs({
	options: {
		minutes: { type: "string", default: "10" },
		record: { type: "boolean", default: false },
	},
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error("--minutes wants a number above 0");

test(`${minutes} minutes of mixed load`, async (t) => {
	const soaked = await runSoak(t, minutes * 60);
	const verdict = verdictOn(soaked);
	console.log(figuresOf(soaked, verdict));
	if (values.record) record(soaked, verdict);
	assert.deepEqual(verdict.failures, []);
});
