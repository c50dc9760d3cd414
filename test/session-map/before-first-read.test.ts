import assert from "node:assert/strict";
import { test } from "node:test";
import { type OpenOptions, openMap, shown, stopClock } from "./opened-map.js";

/** Maps that a thread reads; another one has been read once it is open. */
const CASES: [name: string, options: OpenOptions][] = [
	["JSON", { file: "map.json" }],
	["gxproxy", { era: "gxproxy" }],
	["a polled gxproxy2", { polled: true }],
];

for (const [name, options] of CASES)
	test(`a find before the first read is held until then, ${name}`, async (t) => {
		const { map, states } = await openMap(t, {
			...options,
			isUnread: true,
			before: (galaxy) => galaxy.put("session", "10.0.0.1", 80),
		});
		stopClock(t);
		const held = map.find("session");
		assert.ok(held instanceof Promise);
		assert.deepEqual(states, []);
		assert.equal(shown(await held), "10.0.0.1:80");
	});
