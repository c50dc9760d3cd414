import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFind, type Find } from "./fuzz-run.js";
import { Patience } from "./patience.js";
import type { fuzzRequests } from "./requests-side.js";

/** Always the same cases: random ones are left to the long run. */
const SEED = 1;
/** Tenths of a second: other tests run at the same time. */
const PATIENCE = 150;

/** A test of the first cases of one side. The two sides run in processes of their own, since both are busy. */
export function testFuzz(
	name: string,
	fuzz: typeof fuzzRequests,
	count: number,
	skip: string | false = false,
): void {
	test(name, { skip }, async () => {
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
}
