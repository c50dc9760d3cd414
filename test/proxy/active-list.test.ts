import assert from "node:assert/strict";
import { test } from "node:test";
import { newRecord } from "../../src/proxy/exchange.js";
import { type Active, ActiveList } from "../../src/proxy/pool.js";

function active(): Active {
	return {
		index: -1,
		onWithdrawn: () => undefined,
		onDefect: () => undefined,
		kind: "exchange",
		record: newRecord("GET", "/", "abc", false),
	};
}

test("after any removal the other exchanges stay in the list and can be removed", () => {
	const all = Array.from({ length: 6 }, active);
	for (const order of [
		[0, 1, 2, 3, 4, 5],
		[5, 4, 3, 2, 1, 0],
		[2, 5, 0, 4, 1, 3],
	]) {
		const list = new ActiveList();
		for (const one of all) list.add(one);
		const left = new Set(all);
		for (const index of order) {
			const leaving = all[index] as Active;
			list.delete(leaving);
			left.delete(leaving);
			assert.deepEqual(new Set(list), left);
			assert.equal(list.size, left.size);
		}
	}
});

test("an exchange that is not in the list cannot be removed", () => {
	const list = new ActiveList();
	const [first, second, never] = [active(), active(), active()];
	list.add(first);
	list.add(second);
	list.delete(never);
	list.delete(first);
	list.delete(first);
	assert.deepEqual([...list], [second]);
});

test("iteration visits every exchange although each is removed when visited", () => {
	const list = new ActiveList();
	const all = Array.from({ length: 5 }, active);
	for (const one of all) list.add(one);
	const met = new Set<Active>();
	for (const one of list) {
		list.delete(one);
		met.add(one);
	}
	assert.deepEqual([met.size, list.size], [5, 0]);
});
