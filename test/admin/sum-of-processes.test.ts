import assert from "node:assert/strict";
import { test } from "node:test";
import { mergedFaults } from "../../src/admin/recent-faults.js";
import { mergedRows, type SessionRow } from "../../src/admin/session-table.js";
import { sumOfTotals, worstMap } from "../../src/admin/snapshot.js";
import { noTotals } from "../../src/admin/statistics.js";

const ROW: SessionRow = {
	session: "ba7816bf",
	target: "127.0.0.1:1",
	state: "idle",
	requests: 2,
	open_requests: 0,
	open_tunnels: 0,
	bytes_from_client: 3,
	bytes_to_client: 4,
	last_activity: 100,
};

test("a session of two processes is one row, with the state of the later activity", () => {
	const later = { ...ROW, target: "127.0.0.1:2", last_activity: 200 };
	const [row] = mergedRows([[ROW], [{ ...later, state: "failing" }]]);
	assert.deepEqual(row, {
		...later,
		state: "failing",
		requests: 4,
		bytes_from_client: 6,
		bytes_to_client: 8,
	});
	const open: SessionRow = { ...ROW, state: "open", open_tunnels: 1 };
	const [both] = mergedRows([[open], [later]]);
	assert.equal(both?.state, "open");
	assert.equal(both?.target, later.target);
});

test("equal faults of two processes are one, the most recent fault is first", () => {
	const fault = {
		code: "targetMissing",
		status: 502,
		target: "127.0.0.1:1",
		cause: "refused",
		remedy: "",
		count: 2,
		lastAt: 100,
		session: "old",
	};
	const again = { ...fault, count: 3, lastAt: 300, session: "new" };
	const other = { ...fault, code: "badAnswer", lastAt: 200 };
	const merged = mergedFaults([[fault, other], [again]]);
	assert.deepEqual(merged, [{ ...again, count: 5 }, other]);
});

test("a map is as bad as it is for any process", () => {
	const good = {
		isReadable: true,
		reason: "",
		unreadableSeconds: 0,
		changedAt: 5,
		ended: 2,
		contested: 0,
	};
	const bad = {
		...good,
		isReadable: false,
		reason: "locked",
		unreadableSeconds: 4,
		ended: 1,
	};
	assert.deepEqual(worstMap([good, bad]), { ...bad, ended: 2 });
	assert.equal(worstMap([]), undefined);
});

test("a histogram of another version is added to the bounds of this one", () => {
	const own = noTotals();
	const bounds = [0.001, 3, 1000];
	const counts = [1, 2, 3, 4];
	const other = { ...own, requestTimes: { bounds, counts, sum: 7.5 } };
	const { requestTimes } = sumOfTotals([own, other]);
	assert.deepEqual(requestTimes.bounds, own.requestTimes.bounds);
	const filled = requestTimes.bounds.flatMap((bound, at) =>
		requestTimes.counts[at] ? [[bound, requestTimes.counts[at]]] : [],
	);
	assert.deepEqual(filled, [
		[0.001, 1],
		[5, 2],
	]);
	assert.equal(requestTimes.counts.at(-1), 7);
	assert.equal(requestTimes.sum, 7.5);
});
