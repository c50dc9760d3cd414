import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionTable } from "../../src/admin/session-table.js";
import { Histogram, quantile } from "../../src/admin/tally.js";
import { newRecord } from "../../src/proxy/exchange.js";

const BOUNDS = [1, 2, 5];

test("a value counts towards the first bound that it does not exceed", () => {
	const histogram = new Histogram(BOUNDS);
	for (const value of [0, 1, 1.5, 5, 6]) histogram.observe(value);
	assert.deepEqual([...histogram.counts], [2, 1, 1, 1]);
	assert.equal(histogram.sum, 13.5);
});

test("a quantile is interpolated between its bounds, as in PromQL", () => {
	const of = (share: number, ...counts: number[]) =>
		quantile(share, BOUNDS, Float64Array.from(counts));
	assert.equal(of(0.5, 10, 0, 0, 0), 0.5);
	assert.equal(of(0.5, 0, 10, 0, 0), 1.5);
	assert.equal(of(0.95, 50, 45, 5, 0), 2);
	assert.equal(of(0.5, 0, 0, 0, 3), 5);
	assert.equal(of(0.5, 0, 0, 0, 0), undefined);
});

const MOST = 5_000;

function visit(table: SessionTable, key: string, at: number): void {
	const record = newRecord("GET", "/", key, false);
	record.target = "127.0.0.1:1";
	record.endedAt = at;
	table.observe(record);
}

test("the number of sessions is limited, the most recently active stay", () => {
	const table = new SessionTable();
	for (let count = 0; count < 3 * MOST; count++)
		visit(table, `session ${count}`, count);
	assert.ok(table.rows().length <= MOST, `${table.rows().length} sessions`);
	const times = table.rows().map((row) => row.last_activity);
	const newest = performance.timeOrigin + 3 * MOST - 1;
	assert.equal(Math.max(...times), Math.round(newest));
	assert.ok(Math.min(...times) > newest - 1.2 * MOST);
});
