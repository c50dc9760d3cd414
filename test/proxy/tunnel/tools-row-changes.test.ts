import assert from "node:assert/strict";
import { test } from "node:test";
import {
	askTool,
	openTool,
	startToolContainer,
	startToolMap,
	startToolsDaemon,
} from "../../same-address/tools-shared.js";

test("the tunnels of a tool end with its row, and no other tool's", async (t) => {
	const container = await startToolContainer(t);
	const other = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("k1", "t1", container.host, container.port);
	await map.put("k2", "t2", other.host, other.port);
	const daemon = await startToolsDaemon(t, map);
	const tunnel = await openTool(t, daemon, "k1", "t1");
	const others = await openTool(t, daemon, "k2", "t2");
	await map.remove("k1");
	await tunnel.closed;
	assert.equal((await askTool(t, daemon, "k1", "t1")).status, 404);
	others.send("goes on");
	await (await other.connection(0)).until("goes on");
});

test("a replaced token ends the tunnels of the former one at once, and no request with it passes", async (t) => {
	const container = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("k1", "old", container.host, container.port);
	const daemon = await startToolsDaemon(t, map);
	const tunnel = await openTool(t, daemon, "k1", "old");
	await map.put("k1", "new", container.host, container.port);
	assert.equal((await askTool(t, daemon, "k1", "old")).status, 404);
	assert.equal((await askTool(t, daemon, "k1", "new")).status, 200);
	await tunnel.closed;
});
