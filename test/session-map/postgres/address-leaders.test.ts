import assert from "node:assert/strict";
import { test } from "node:test";
import {
	AddressLeaders,
	type Written,
} from "../../../src/session-map/postgres/address-leaders.js";

const PLACE = "10.0.0.1:80";

/** Rows at one address by their labels, as the numbers of their transactions. */
function standings(
	next: number,
	rows: Record<string, number | [xmin: number, writtenAt: number]>,
) {
	const leaders = new AddressLeaders(next);
	const all = Object.entries(rows).map(([name, given]) => {
		const [xmin, writtenAt] = Array.isArray(given) ? given : [given, null];
		const row: Written = { xmin, writtenAt };
		return { row, label: name.padStart(8, "0") };
	});
	for (const { row, label } of all) leaders.add(PLACE, row, label);
	const found = all.map(({ row, label }) => [
		label.replace(/^0+/, ""),
		leaders.standingOf(PLACE, row).standing,
	]);
	return {
		leaders,
		found: Object.fromEntries(found),
		counts: leaders.counts(),
	};
}

test("the younger transaction leads, in whatever order the rows are read", () => {
	for (const rows of [
		{ a: 100, b: 200 },
		{ b: 200, a: 100 },
	])
		assert.deepEqual(standings(300, rows).found, { a: "ended", b: "leads" });
});

test("numbers that began again at 3 are younger than those before", () => {
	const { found } = standings(1_000, { a: 4_294_967_290, b: 5 });
	assert.deepEqual(found, { a: "ended", b: "leads" });
});

test("frozen rows are older than all others", () => {
	const { found } = standings(3_000_000_000, { a: 2, b: 800_000_000 });
	assert.deepEqual(found, { a: "ended", b: "leads" });
	const { counts } = standings(300, { a: 2, b: 2 });
	assert.deepEqual(counts, { ended: 0, contested: 2 });
});

test("rows of one transaction are contested, and end when another one is written", () => {
	const tied = standings(300, { a: 100, b: 100, c: 100 });
	assert.deepEqual(tied.found, {
		a: "contested",
		b: "contested",
		c: "contested",
	});
	assert.deepEqual(tied.counts, { ended: 0, contested: 3 });
	const { rivals } = tied.leaders.standingOf(PLACE, {
		xmin: 100,
		writtenAt: null,
	});
	assert.deepEqual(rivals, ["0000000a", "0000000b", "0000000c"]);
	const later = standings(300, { a: 100, b: 100, c: 200 });
	assert.deepEqual(later.found, { a: "ended", b: "ended", c: "leads" });
	assert.deepEqual(later.counts, { ended: 2, contested: 0 });
});

test("rows that were committed within five seconds of the last one lead with it", () => {
	const rows = { a: [100, 10], b: [101, 100], c: [102, 104] } as const;
	const { found, counts } = standings(300, {
		a: [...rows.a],
		b: [...rows.b],
		c: [...rows.c],
	});
	assert.deepEqual(found, { a: "ended", b: "leads", c: "leads" });
	assert.deepEqual(counts, { ended: 1, contested: 0 });
});

test("a row that was written after the look leads", () => {
	const { leaders } = standings(300, { a: 100 });
	const row = { xmin: 301, writtenAt: null };
	assert.equal(leaders.standingOf(PLACE, row).standing, "leads");
	assert.equal(leaders.standingOf("10.0.0.2:80", row).standing, "leads");
});
