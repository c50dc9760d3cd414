import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isOnNetwork } from "../../src/session-map/watch.js";
import { found, openMap } from "./opened-map.js";

test("a local folder is not on the network, whether or not the file exists", async () => {
	assert.equal(await isOnNetwork(join(tmpdir(), "none", "map.sqlite")), false);
});

test("a polled map is answered from the last look, and looked at every second", async (t) => {
	const opened = await openMap(t, {
		polled: true,
		before: (galaxy) => galaxy.put("session", "10.0.0.1", 80),
	});
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	const moved = opened.nextChange();
	await opened.galaxy.put("session", "10.0.0.2", 80);
	assert.ok(!(opened.map.find("session") instanceof Promise));
	await moved;
	assert.equal(await found(opened, "session"), "10.0.0.2:80");
	await opened.synced.remove("session");
	assert.equal(await found(opened, "session"), "unknown");
});

test("a polled map that is locked or gone keeps its last good answers", async (t) => {
	const opened = await openMap(t, {
		polled: true,
		before: (galaxy) => galaxy.put("session", "10.0.0.1", 80),
	});
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	// No look comes between the change and the lock.
	await opened.galaxy.lock("UPDATE gxproxy2 SET host = '10.0.0.2'");
	await opened.untilReadable(false);
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	await opened.galaxy.unlock();
	await opened.untilReadable(true);
	assert.equal(await found(opened, "session"), "10.0.0.2:80");
});
