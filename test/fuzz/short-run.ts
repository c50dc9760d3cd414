import assert from "node:assert/strict";
import { test } from "node:test";
import { Patience } from "./patience.js";
import { describeFind, type Find } from "./report.js";
import type { fuzzRequests } from "./requests-side.js";

/** Always the same ones: what chance finds is the long run's to find. */
const SEED = 1;
/** Tenths of a second: other tests run beside this one. */
const PATIENCE = 150;

/** A test of the first cases of one side. */
export function testFuzz(
	name: string,
	fuzz: typeof fuzzRequests,
	count: number,
): void {
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
}
