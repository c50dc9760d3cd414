import assert from "node:assert/strict";
import { test } from "node:test";
import {
	noPostgres,
	startPostgres,
	startSite,
	unreadableBecause,
	untilStatus,
} from "./site.js";

test("a standby is refused with the flag that allows it, until it is promoted", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		url: async (primary) =>
			(await startPostgres(t, { standbyOf: primary })).url(),
	});
	assert.equal(await site.status("k"), 503);
	await unreadableBecause(site.watched.daemon, /--map-allow-standby/);
});

test("with --map-allow-standby a standby is read", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		args: ["--map-allow-standby"],
		url: async (primary) =>
			(await startPostgres(t, { standbyOf: primary })).url(),
	});
	await untilStatus(site, "k", 200);
	await site.put("new");
	await untilStatus(site, "new", 200);
	const tunnel = await site.open("new");
	await site.map.remove("new");
	await tunnel.closed;
});

test("of two servers the primary is read, also where the standby is named first and lags behind", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, {
		url: async (primary) => {
			const standby = await startPostgres(t, {
				standbyOf: primary,
				conf: ["recovery_min_apply_delay = 1h"],
			});
			return `postgresql://galaxy@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/gxitproxy`;
		},
	});
	for (let n = 0; n < 10; n++) {
		await site.put("new");
		assert.equal(await site.status("new"), 200);
		await site.map.remove("new");
		assert.equal(await site.status("new"), 404);
	}
});
