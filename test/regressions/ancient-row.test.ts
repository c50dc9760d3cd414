import assert from "node:assert/strict";
import { test } from "node:test";
import {
	AddressHistory,
	type AddressRow,
} from "../../src/session-map/postgres/address-history.js";
import { AddressLeaders } from "../../src/session-map/postgres/address-leaders.js";

const ADDRESS = "10.0.0.1:80";
const NEXT = 2_500_000_000;
/** The transactions that wrote a row that Galaxy lost, and the row of a tool that was started a moment ago. */
const LOST = 1_000;
const NEW = NEXT - 1;

// PostgreSQL compares transactions in a circle: the lost row counted as the latest one, and was led to the new container.
test("a row that is older than half of all transactions is not the latest of its address", () => {
	const history = new AddressHistory(() => {});
	history.sample(NEXT - 10, [], 0, 1);
	history.sample(NEXT, [], 1_000, 1_001);
	const [lost, fresh] = [LOST, NEW].map((xmin): AddressRow => {
		return { id: String(xmin), sessionKey: "", address: ADDRESS, xmin };
	}) as [AddressRow, AddressRow];
	const standings = history.judge([lost, fresh], 2_000, []);
	assert.deepEqual(
		[standings?.get(lost.id), standings?.get(fresh.id)],
		["ended", "leads"],
	);
});

test("routes lists such a row as ended", () => {
	const leaders = new AddressLeaders(NEXT);
	const rows = [LOST, NEW].map((xmin) => ({ xmin, writtenAt: null }));
	for (const row of rows) leaders.add(ADDRESS, row, "0");
	assert.deepEqual(
		rows.map((row) => leaders.standingOf(ADDRESS, row).standing),
		["ended", "leads"],
	);
});
