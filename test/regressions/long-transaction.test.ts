import assert from "node:assert/strict";
import { test } from "node:test";
import {
	AddressHistory,
	type AddressRow,
} from "../../src/session-map/postgres/address-history.js";
import { nextXid } from "../../src/session-map/postgres/transactions.js";

const LATE = 4_294_967_295;

// A snapshot ends before the latest transaction that runs. The row counted as written when the next transaction ended, so both
// rows were taken for entry points of one tool.
test("a row whose transaction ran for long is older than one that was written meanwhile", () => {
	const history = new AddressHistory(() => {});
	history.sample(LATE, [], 0, 1);
	for (let second = 1; second <= 8; second++)
		history.sample(LATE, [LATE - 9, LATE], 1_000 * second, 1_001 * second);
	history.sample(4, [], 9_000, 9_001);
	const [late, fresh] = [LATE, 3].map((xmin): AddressRow => {
		return { id: String(xmin), sessionKey: "", address: "a:1", xmin };
	}) as [AddressRow, AddressRow];
	const standings = history.judge([late, fresh], 9_500, []);
	assert.deepEqual(
		[standings?.get(late.id), standings?.get(fresh.id)],
		["ended", "leads"],
	);
});

test("no running transaction moves the end of a snapshot back", () => {
	assert.equal(nextXid(7, []), 7);
	assert.equal(nextXid(7, [LATE, 6]), 7);
	assert.equal(nextXid(7, [7, 8]), 9);
});

// A look takes its snapshot first. A transaction that ended before the list of running ones was read was in neither.
test("a transaction that ends during a look does not end the history", () => {
	const history = new AddressHistory(() => {});
	history.sample(100, [105], 0, 1);
	history.sample(100, [], 1_000, 1_001);
	history.sample(106, [], 2_000, 2_001);
	assert.deepEqual(history.samples, [{ xmax: 106, first: 1, last: 2_000 }]);
});
