import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";
import { openTunnel, startEnvironment } from "./environment.js";

test("a removed row: 403 at once, and its tunnel ends", async (t) => {
	const container = await startEnvironment(t, "env");
	const daemon = await startDaemon(t, {
		sessions: { abc: container, other: container },
	});
	const tunnel = await openTunnel(t, daemon.port);
	const client = await connect(t, daemon.port);
	assert.equal((await client.send(request("GET /")).response()).text, "env");

	const galaxy = startGalaxyMap(t, daemon.map);
	await galaxy.remove("abc");
	assert.equal((await client.send(request("GET /")).response()).status, 403);
	await tunnel.closed;
	const other = request("GET /").replace("abc", "other");
	assert.equal((await client.send(other).response()).text, "env");
});
