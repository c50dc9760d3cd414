import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionTable } from "../../src/admin/session-table.js";
import { newRecord } from "../../src/proxy/exchange.js";

const MOST = 5_000;

function visit(table: SessionTable, key: string, at: number): void {
	const record = newRecord("GET", "/", key, false);
	record.target = "127.0.0.1:1";
	record.endedAt = at;
	table.observe(record);
}

test("sessions are bounded, and those that were active last stay", () => {
	const table = new SessionTable();
	for (let count = 0; count < 3 * MOST; count++)
		visit(table, `session ${count}`, count);
	assert.ok(table.size <= MOST, `${table.size} sessions`);
	const times = table.rows().map((row) => row.last_activity);
	const newest = performance.timeOrigin + 3 * MOST - 1;
	assert.equal(Math.max(...times), Math.round(newest));
	assert.ok(Math.min(...times) > newest - 1.2 * MOST);
});
