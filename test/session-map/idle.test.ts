import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { test } from "node:test";
import type { GalaxyMap } from "../support/session-map.js";
import { found, type OpenOptions, openMap } from "./opened-map.js";

/** Milliseconds from a commit to onChange, without a request: a few, or nearly a thousand if only a timer finds it. */
const BOUND_MS = 500;

const wal = (galaxy: GalaxyMap) => galaxy.sql("PRAGMA journal_mode = WAL");
const CASES: [name: string, boundMs: number, options: OpenOptions][] = [
	["gxproxy2", BOUND_MS, {}],
	["gxproxy2 in WAL mode", BOUND_MS, { before: wal }],
	["gxproxy", BOUND_MS, { era: "gxproxy" }],
	["JSON", BOUND_MS, { file: "map.json" }],
	["a polled map", 10_000, { polled: true }],
];

for (const [name, boundMs, options] of CASES)
	test(`a change of ${name} is reported without a request`, async (t) => {
		const opened = await openMap(t, options);
		await opened.galaxy.put("session", "10.0.0.1", 80);
		await opened.untilReadable(true);
		assert.equal(await found(opened, "session"), "10.0.0.1:80");
		// The first ones may come before the watch is set, and be found by the timer.
		for (let port = 1; port <= (options.polled ? 1 : 4); port++) {
			const told = opened.nextChange();
			await opened.galaxy.put("session", "10.0.0.1", port);
			await told;
		}
		const times: number[] = [];
		for (let port = 5; port <= (options.polled ? 5 : 15); port++) {
			const told = opened.nextChange();
			await opened.galaxy.put("session", "10.0.0.1", port);
			const committed = performance.now();
			await told;
			times.push(performance.now() - committed);
		}
		times.sort((a, b) => a - b);
		// The median, so that one pause of a loaded machine is no failure.
		const median = times[times.length >> 1] ?? Number.NaN;
		assert.ok(median < boundMs, `${median} ms`);
	});

test("the first read is not a change, nor is a look at an unchanged file", async (t) => {
	const opened = await openMap(t, {
		before: (galaxy) => galaxy.put("session", "10.0.0.1", 80),
	});
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	opened.map.look();
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(opened.changes(), 0);
});

test("a map that is renamed into its place is reported without a request", async (t) => {
	const opened = await openMap(t);
	await opened.galaxy.put("session", "10.0.0.1", 80);
	await opened.untilReadable(true);
	renameSync(opened.galaxy.path, `${opened.galaxy.path}.away`);
	await opened.untilReadable(false);
	renameSync(`${opened.galaxy.path}.away`, opened.galaxy.path);
	await opened.untilReadable(true);
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
});
