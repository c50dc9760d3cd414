import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { test } from "node:test";
import { startGalaxyMap } from "../support/session-map.js";
import { found, openMap } from "./opened-map.js";

test("a file created again with the same size and change counter, a hundred times", async (t) => {
	const opened = await openMap(t);
	const { galaxy } = opened;
	for (let round = 1; round <= 100; round++) {
		rmSync(galaxy.path, { force: true });
		await galaxy.put("session", "10.0.0.1", round);
		assert.equal(await found(opened, "session"), `10.0.0.1:${round}`);
	}
});

test("a file moved away and back, and the one in its place meanwhile", async (t) => {
	const opened = await openMap(t);
	const { galaxy } = opened;
	await galaxy.put("session", "10.0.0.1", 81);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	const other = startGalaxyMap(t, `${galaxy.path}-2.sqlite`);
	await other.put("session", "10.0.0.2", 82);
	renameSync(galaxy.path, `${galaxy.path}.away`);
	renameSync(other.path, galaxy.path);
	assert.equal(await found(opened, "session"), "10.0.0.2:82");
	renameSync(`${galaxy.path}.away`, galaxy.path);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	await galaxy.put("session", "10.0.0.3", 84);
	assert.equal(await found(opened, "session"), "10.0.0.3:84");
});
