import assert from "node:assert/strict";
import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { startGalaxyMap } from "../support/session-map.js";
import { found, openMap, stopClock } from "./opened-map.js";

for (const file of ["map.sqlite", "map.json"])
	test(`in a missing ${file} a find waits until Galaxy has created it`, async (t) => {
		const opened = await openMap(t, { file });
		await opened.untilReadable(false);
		// Elsewhere first: Galaxy commits the table before its row, and a find in between meets an empty map.
		const { path } = opened.galaxy;
		const made = startGalaxyMap(t, join(dirname(path), `made-${file}`));
		await made.put("session", "10.0.0.1", 81);
		stopClock(t);
		const held = found(opened, "session");
		renameSync(made.path, path);
		assert.equal(await held, "10.0.0.1:81");
		assert.deepEqual(
			opened.states.map((state) => state.readable),
			[false, true],
		);
	});

test("a folder that does not exist yet", async (t) => {
	const opened = await openMap(t, { file: "later/map.sqlite" });
	await opened.untilReadable(false);
	mkdirSync(dirname(opened.galaxy.path));
	await opened.galaxy.put("session", "10.0.0.1", 81);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	renameSync(opened.galaxy.path, `${opened.galaxy.path}.away`);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
});

test("while the map cannot be read findLast() waits for nothing, and afterwards it is find()", async (t) => {
	const opened = await openMap(t, {});
	const { map, galaxy } = opened;
	const last = async (key: string) => (await map.findLast?.(key))?.kind;
	await opened.untilReadable(false);
	assert.equal(await last("session"), "unreadable");
	await galaxy.put("session", "10.0.0.1", 81);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	renameSync(galaxy.path, `${galaxy.path}.away`);
	// A find that notices it.
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	await opened.untilReadable(false);
	assert.equal(await last("session"), "target");
	assert.equal(await last("other"), "unreadable");
	renameSync(`${galaxy.path}.away`, galaxy.path);
	await opened.untilReadable(true);
	assert.equal(await last("other"), "unknown");
});
