import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, quantile } from "../../src/admin/tally.js";

const BOUNDS = [1, 2, 5];

test("a value counts under the first bound that it is not above", () => {
	const histogram = new Histogram(BOUNDS);
	for (const value of [0, 1, 1.5, 5, 6]) histogram.observe(value);
	assert.deepEqual([...histogram.counts], [2, 1, 1, 1]);
	assert.equal(histogram.sum, 13.5);
});

test("a quantile lies evenly between its bounds, as PromQL has it", () => {
	const of = (share: number, ...counts: number[]) =>
		quantile(share, BOUNDS, Float64Array.from(counts));
	assert.equal(of(0.5, 10, 0, 0, 0), 0.5);
	assert.equal(of(0.5, 0, 10, 0, 0), 1.5);
	assert.equal(of(0.95, 50, 45, 5, 0), 2);
	assert.equal(of(0.5, 0, 0, 0, 3), 5);
	assert.equal(of(0.5, 0, 0, 0, 0), undefined);
});
