import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";
import { openTunnel, startEnvironment } from "./environment.js";

test("a moved row: the next request goes to the new container, the open tunnel goes on", async (t) => {
	const before = await startEnvironment(t, "before");
	const now = await startEnvironment(t, "now");
	const daemon = await startDaemon(t, { sessions: { abc: before } });
	const tunnel = await openTunnel(t, daemon.port);
	const client = await connect(t, daemon.port);
	assert.equal((await client.send(request("GET /")).response()).text, "before");

	const galaxy = startGalaxyMap(t, daemon.map);
	await galaxy.update("abc", now.host, now.port);
	assert.equal((await client.send(request("GET /")).response()).text, "now");
	await galaxy.put("abc", before.host, before.port);
	assert.equal((await client.send(request("GET /")).response()).text, "before");
	tunnel.send("x");
	assert.equal((await tunnel.take(1)).toString(), "x");
});
