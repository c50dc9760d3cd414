import assert from "node:assert/strict";
import { test } from "node:test";
import {
	during,
	noPostgres,
	STATEMENT_MS,
	startSite,
	untilStatus,
	withinLimit,
} from "./site.js";

test("while the table is locked known tools get their last route, others 503, and no queries pile up", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, map, status } = site;
	assert.equal(await status("k"), 200);
	await map.lock();
	const asked = (async () => {
		for (let n = 0; n < 4; n++) {
			const many = Array.from({ length: 10 }, () => status("k"));
			const statuses = await Promise.all([status("other"), ...many]);
			assert.deepEqual([...new Set(statuses)], [503, 200]);
		}
	})();
	const counts = await during(
		asked,
		async () => (await server.backends()).length,
	);
	assert.ok(Math.max(...counts) <= 2, String(Math.max(...counts)));
	await map.unlock();
	await untilStatus(site, "other", 404);
	await site.put("other");
	assert.equal(await status("other"), 200);
});

test("a request during a short lock is held and gets the present route", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { map, status, watched, put } = site;
	const unreadable = () =>
		watched.daemon.lines.filter(({ msg }) => msg === "session map unreadable");
	const answer = await withinLimit(
		STATEMENT_MS,
		async () => {
			// After an attempt that took too long.
			await untilStatus(site, "other", 404);
			await put("k");
			assert.equal(await status("k"), 200);
		},
		async () => {
			const before = unreadable().length;
			await map.hold(
				"LOCK TABLE gxitproxy IN ACCESS EXCLUSIVE MODE",
				"DELETE FROM gxitproxy",
			);
			const held = status("k");
			await map.finish();
			return [await held, unreadable().length - before];
		},
	);
	assert.deepEqual(answer, [404, 0]);
});

test("a change that is not committed is not seen and keeps nobody waiting", {
	skip: noPostgres(),
}, async (t) => {
	const { map, status } = await startSite(t);
	await map.hold("DELETE FROM gxitproxy");
	assert.equal(await status("k"), 200);
	await map.finish();
	assert.equal(await status("k"), 404);
});
