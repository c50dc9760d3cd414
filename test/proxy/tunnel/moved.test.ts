import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../../support/client.js";
import { startAnswering, startBackend } from "../../support/container.js";
import { startDaemon } from "../../support/daemon.js";
import { startGalaxyMap } from "../../support/session-map.js";
import { openThrough, switchProtocols } from "./open-tunnel.js";

test("the tunnel of a moved session goes on until its row is removed", async (t) => {
	const before = await startBackend(t, switchProtocols);
	const now = await startAnswering(t);
	const daemon = await startDaemon(t, { sessions: { abc: before } });
	const galaxy = startGalaxyMap(t, daemon.map);
	const tunnel = await openThrough(t, daemon.port);
	const upstream = await before.connection(0);

	await galaxy.put("abc", now.host, now.port);
	const client = await connect(t, daemon.port);
	assert.equal((await client.send(request("GET /")).response()).text, "ok");
	assert.equal(now.requests.length, 1);
	tunnel.send("goes on");
	await upstream.until("goes on");
	upstream.send("both ways");
	await tunnel.until("both ways");

	await galaxy.remove("abc");
	await Promise.all([tunnel.closed, upstream.closed]);
});
