import assert from "node:assert/strict";
import { test } from "node:test";
import {
	noPostgres,
	startSite,
	untilStatus,
	WAIT_MS,
	withinLimit,
} from "./site.js";

test("a request while the server restarts is held and then gets the present route", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t);
	const { server, map, status, put } = site;
	await put("removed");
	for (const mode of ["fast", "immediate"] as const) {
		const answer = await withinLimit(
			WAIT_MS,
			async () => {
				// After an attempt that took too long.
				await untilStatus(site, "other", 404);
				assert.equal(await status("k"), 200);
				await put("removed");
				assert.equal(await status("removed"), 200);
				await map.remove("removed");
			},
			async () => {
				await server.stop(mode);
				const held = status("removed");
				await server.start();
				return await held;
			},
		);
		assert.equal(answer, 404);
		assert.equal(await status("k"), 200);
	}
});

test("after a restart of the server removed rows end their tunnels as before", {
	skip: noPostgres(),
}, async (t) => {
	const { server, map, open } = await startSite(t);
	const tunnel = await open("k");
	await server.restart();
	tunnel.send("still open");
	await map.remove("k");
	await tunnel.closed;
});
