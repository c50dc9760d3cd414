import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeFind, type Find } from "./fuzz-run.js";
import { Patience } from "./patience.js";
import { fuzzRequests } from "./requests-side.js";
import { fuzzResponses } from "./responses-side.js";

/** Always the same cases: random ones are left to the long run. */
const SEED = 1;
/** Tenths of a second: other tests run at the same time. */
const PATIENCE = 150;

describe("the first cases of the fuzzer", { concurrency: 2 }, () => {
	for (const [name, fuzz, count] of [
		["requests of every kind arrive as sent or not at all", fuzzRequests, 400],
		[
			"answers of every kind arrive complete or visibly cut",
			fuzzResponses,
			600,
		],
	] as const)
		test(name, async () => {
			const patience = new Patience(PATIENCE);
			const finds: Find[] = [];
			const tally = await fuzz(patience, {
				seed: SEED,
				servers: false,
				minimises: true,
				goesOn: ({ cases }) => cases < count && finds.length < 3,
				onFind: (find) => finds.push(find),
			}).finally(() => patience.stop());
			assert.equal(finds.map(describeFind).join("\n"), "");
			assert.equal(tally.cases, count);
		});
});
