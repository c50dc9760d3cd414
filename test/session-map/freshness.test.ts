import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Era, GalaxyMap } from "../support/session-map.js";
import { drivers } from "./drivers.js";
import {
	found,
	type OpenedMap,
	type OpenOptions,
	openMap,
	stopClock,
} from "./opened-map.js";

const WAL = (galaxy: GalaxyMap) => galaxy.sql("PRAGMA journal_mode = WAL");
const wal = (options: OpenOptions): OpenOptions => ({
	...options,
	before: WAL,
});

const ROUNDS = 150;

const CASES: [name: string, rounds: number, options: OpenOptions][] = [];
for (const driver of drivers)
	for (const era of ["gxproxy2", "gxproxy"] satisfies Era[]) {
		const rounds = era === "gxproxy2" ? ROUNDS : 40;
		CASES.push([`${era}, ${driver.name}`, rounds, { era, driver }]);
		CASES.push([`${era}, ${driver.name}, WAL`, rounds, wal({ era, driver })]);
	}
for (const era of ["v2", "v1"] satisfies Era[])
	CASES.push([`JSON ${era}`, 60, { era, file: "map.json" }]);

/** Asks for the sessions without a pause, as other clients do; what they are answered must be what stood at some time. */
function askAllTheTime(t: TestContext, opened: OpenedMap, keys: string[]) {
	let ended = false;
	const asking = (async () => {
		while (!ended) {
			for (const key of keys)
				assert.match(await found(opened, key), /^10\.0\.0\.\d+:\d+$|^unknown$/);
			await new Promise((resolve) => setImmediate(resolve));
		}
	})();
	const end = () => {
		ended = true;
		return asking;
	};
	t.after(end);
	return end;
}

for (const [name, rounds, options] of CASES)
	test(`each find after a commit sees it, ${name}`, async (t) => {
		const opened = await openMap(t, options);
		await opened.galaxy.put("always", "10.0.0.9", 99);
		await opened.untilReadable(true);
		stopClock(t);
		const end = askAllTheTime(t, opened, ["always", "session-1"]);
		for (let round = 1; round <= rounds; round++) {
			const key = `session-${round % 7}`;
			await opened.galaxy.put(key, "10.0.0.1", round);
			assert.equal(await found(opened, key), `10.0.0.1:${round}`, "new");
			await opened.galaxy.put(key, "10.0.0.2", round);
			assert.equal(await found(opened, key), `10.0.0.2:${round}`, "moved");
			await opened.galaxy.remove(key);
			assert.equal(await found(opened, key), "unknown", "removed");
			assert.equal(await found(opened, "always"), "10.0.0.9:99");
		}
		await end();
		const lost = opened.states.slice(1).filter((state) => !state.readable);
		assert.deepEqual(lost, []);
	});

/** As in route-finder.ts: milliseconds after which a find may be answered with what was read last. */
const WAIT_MS = 1000;

test("each find after a commit that is answered within a second sees it, while the clock runs", async (t) => {
	const opened = await openMap(t);
	let late = 0;
	for (let round = 1; round <= ROUNDS; round++) {
		await opened.galaxy.put("session", "10.0.0.1", round);
		const asked = performance.now();
		const route = await found(opened, "session");
		// Only a machine that stands still makes one wait for so long.
		if (performance.now() - asked >= WAIT_MS) late++;
		else assert.equal(route, `10.0.0.1:${round}`);
	}
	assert.ok(late < ROUNDS / 10, `${late} late`);
});

test("a row that Galaxy updates in place moves at once", async (t) => {
	const opened = await openMap(t);
	await opened.galaxy.put("session", null, -8888);
	assert.equal(await found(opened, "session"), "not-ready");
	await opened.galaxy.update("session", "10.0.0.1", 32768);
	assert.equal(await found(opened, "session"), "10.0.0.1:32768");
});

test("an unchanged map answers without waiting", async (t) => {
	const opened = await openMap(t);
	await opened.galaxy.put("session", "10.0.0.1", 80);
	for (let time = 0; time < 3; time++)
		assert.ok(!(opened.map.find("session") instanceof Promise));
});

for (const [file, era] of [
	["map.sqlite", "gxproxy"],
	["map.json", "v2"],
] as const)
	test(`${era} that is unchanged answers without waiting`, async (t) => {
		const opened = await openMap(t, {
			file,
			era,
			before: (galaxy) => galaxy.put("session", "10.0.0.1", 80),
		});
		// A JSON map counts as still once its last change is older than the clock's tick.
		while (opened.map.find("session") instanceof Promise)
			await opened.map.find("session");
		assert.equal(await found(opened, "session"), "10.0.0.1:80");
	});
