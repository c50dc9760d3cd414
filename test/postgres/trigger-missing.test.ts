import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, PEERS_TRIGGER, startSite } from "./site.js";

test("without a trigger the tunnel of a removed row ends by a look", {
	skip: noPostgres(),
}, async (t) => {
	const { map, open, put } = await startSite(t);
	await put("other");
	const other = await open("other");
	const tunnel = await open("k");
	await map.remove("k");
	await tunnel.closed;
	other.send("still open");
	assert.equal(other.ending, undefined);
});

test("a trigger that is removed while the daemon runs is replaced by looks, and works again once it is there", {
	skip: noPostgres(),
}, async (t) => {
	const { map, open, put, server } = await startSite(t, {
		before: PEERS_TRIGGER,
	});
	const tunnel = await open("k");
	await server.query("DROP TRIGGER gxitproxy_notify ON gxitproxy");
	await map.remove("k");
	await tunnel.closed;
	await put("k");
	const again = await open("k");
	await server.query(PEERS_TRIGGER[1] ?? "");
	await map.remove("k");
	await again.closed;
});

test("a row that came and went between two looks ends its tunnel", {
	skip: noPostgres(),
}, async (t) => {
	const { map, open, put } = await startSite(t, {
		args: ["--pollingInterval", "3000"],
	});
	for (let round = 0; round < 2; round++) {
		await put("new");
		const tunnel = await open("new");
		await map.remove("new");
		await tunnel.closed;
	}
});
