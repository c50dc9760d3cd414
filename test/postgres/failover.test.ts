import assert from "node:assert/strict";
import { test } from "node:test";
import type { Postgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	noPostgres,
	startPostgres,
	startSite,
	startToolContainer,
	TOKEN,
	untilStatus,
} from "./site.js";

test("a standby takes over: not read while it is read-only, read once it is promoted", {
	skip: noPostgres(),
}, async (t) => {
	const found: { standby?: Postgres } = {};
	const site = await startSite(t, {
		url: async (primary) => {
			const standby = await startPostgres(t, { standbyOf: primary });
			found.standby = standby;
			return `postgresql://galaxy@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/gxitproxy`;
		},
	});
	const { server, status, open } = site;
	const { standby } = found;
	assert.ok(standby !== undefined);
	assert.equal(await status("k"), 200);
	await site.put("unasked");
	await standby.follow(server);
	const tunnel = await open("k");
	await server.stop("immediate");
	assert.equal(await status("unasked"), 503);
	assert.equal(await status("k"), 200);

	await standby.promote();
	await untilStatus(site, "unasked", 200);
	tunnel.send("still open");
	const map = startDatabaseMap(t, standby.url());
	const { host, port } = await startToolContainer(t);
	await map.put("new", TOKEN, host, port);
	assert.equal(await status("new"), 200);
	await map.remove("k");
	await tunnel.closed;
});
