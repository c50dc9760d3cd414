import assert from "node:assert/strict";
import { test } from "node:test";
import { isInRange } from "../../src/commands/doctor/tools/version-range.js";

for (const [range, fitting, others] of [
	[">=0.0.6", ["0.0.6", "0.2.3", "1.0.0"], ["0.0.5"]],
	["0.2.3", ["0.2.3"], ["0.2.4", "1.0.0"]],
	["^1", ["1.0.0", "1.9.3"], ["0.2.3", "2.0.0"]],
	["^0.2.1", ["0.2.1", "0.2.9"], ["0.3.0", "1.0.0"]],
	["~1.2", ["1.2.0", "1.2.8"], ["1.3.0"]],
	["1.x || 0.2.3", ["1.4.0", "0.2.3"], ["0.2.4", "2.0.0"]],
	[">= 0.1 <1", ["0.1.0", "0.9.9"], ["1.0.0", "0.0.9"]],
	["1.0 - 2.0.0", ["1.0.0", "1.9.0", "2.0.0"], ["2.0.1"]],
	["*", ["0.0.1", "9.0.0"], []],
	["latest", [], ["1.0.0"]],
] as const)
	test(`the range ${range}`, () => {
		const fits = (version: string) => isInRange(version, range);
		assert.deepEqual(fitting.filter(fits), fitting);
		assert.deepEqual(others.filter(fits), []);
	});
