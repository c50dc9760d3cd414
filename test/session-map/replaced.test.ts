import assert from "node:assert/strict";
import {
	copyFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
} from "node:fs";
import { test } from "node:test";
import { startGalaxyMap } from "../support/session-map.js";
import { expectFound, found, type OpenOptions, openMap } from "./opened-map.js";

const FORMATS: [name: string, options: OpenOptions][] = [
	["gxproxy2", {}],
	["gxproxy", { era: "gxproxy" }],
	["JSON", { file: "map.json" }],
];

// Unlike in test/map-faults nobody reads while the file is copied, so that only its stamp and header can tell.
for (const [name, { file = "map.sqlite", era }] of FORMATS)
	for (const keepsTimes of [false, true])
		test(`${name}, copied over${keepsTimes ? " with the old times" : ""}: the next find sees the new file`, async (t) => {
			const opened = await openMap(t, { file, ...(era && { era }) });
			const { galaxy } = opened;
			await galaxy.put("session", "10.0.0.1", 81);
			await galaxy.put("older", "10.0.0.1", 83);
			await opened.untilReadable(true);
			await expectFound(opened, {
				session: "10.0.0.1:81",
				older: "10.0.0.1:83",
			});
			// By as many commits.
			const other = startGalaxyMap(t, file, era);
			await other.put("session", "10.0.0.2", 82);
			await other.put("newer", "10.0.0.2", 83);
			const { atime, mtime } = statSync(galaxy.path);
			copyFileSync(other.path, galaxy.path);
			if (keepsTimes) utimesSync(galaxy.path, atime, mtime);
			await expectFound(opened, {
				session: "10.0.0.2:82",
				newer: "10.0.0.2:83",
				older: "unknown",
			});
		});

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
