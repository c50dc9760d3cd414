import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { ask, request } from "../support/client.js";
import { STOPPED } from "../support/container.js";

interface Live {
	newest: number;
	fields: string[];
	samples: (number | null)[][];
	totals: { requests: number; faults: number };
	faults: Record<string, string | number>[];
}

test("equal faults are one entry, with count and remedy", async (t) => {
	const watched = await startWatched(t, { sessions: { abc: STOPPED } });
	for (let count = 0; count < 3; count++) {
		await ask(t, watched.daemon, request("GET /a-path?secret=1"));
	}
	const { text } = await watched.ask("/live");
	assert.ok(!text.includes("secret") && !text.includes("a-path"));
	const { faults, totals } = JSON.parse(text) as Live;
	assert.equal(faults.length, 1);
	const [{ lastAt, remedy, ...fault } = {}] = faults;
	assert.deepEqual(fault, {
		code: "targetMissing",
		status: 502,
		target: `127.0.0.1:${STOPPED.port}`,
		cause: `connect ECONNREFUSED 127.0.0.1:${STOPPED.port}`,
		count: 3,
		session: "ba7816bf",
	});
	assert.match(String(remedy), /^The container is stopped/);
	assert.ok(Math.abs(Number(lastAt) - Date.now()) < 60_000);
	assert.deepEqual([totals.requests, totals.faults], [3, 3]);
});

test("each sample is returned once, with a number for each field", async (t) => {
	const { askJson } = await startWatched(t);
	let live = await askJson<Live>("/live");
	while (live.newest < 2) live = await askJson<Live>("/live");
	assert.equal(live.samples.length, live.newest);
	for (const sample of live.samples)
		assert.equal(sample.length, live.fields.length);
	const [at] = live.samples.at(-1) ?? [];
	assert.ok(Math.abs(Number(at) * 1000 - Date.now()) < 60_000, `${at}`);
	const next = await askJson<Live>(`/live?since=${live.newest}`);
	assert.equal(next.samples.length, next.newest - live.newest);
	const restarted = await askJson<Live>("/live?since=1000000");
	assert.equal(restarted.samples.length, restarted.newest);
});
