import assert from "node:assert/strict";
import {
	copyFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
} from "node:fs";
import { type TestContext, test } from "node:test";
import { type GalaxyMap, startGalaxyMap } from "../support/session-map.js";
import { expectFound, found, type OpenOptions, openMap } from "./opened-map.js";

const FORMATS: [name: string, options: OpenOptions][] = [
	["gxproxy2", {}],
	["gxproxy", { era: "gxproxy" }],
	["JSON", { file: "map.json" }],
];

/** Another map of the same shape next to the first: `session` elsewhere, `new` added, written by as many commits. */
async function writeOther(t: TestContext, galaxy: GalaxyMap, era: OpenOptions) {
	const dot = galaxy.path.lastIndexOf(".");
	const path = `${galaxy.path.slice(0, dot)}-2${galaxy.path.slice(dot)}`;
	const other = startGalaxyMap(t, path, era.era);
	await other.put("session", "10.0.0.2", 82);
	await other.put("newer", "10.0.0.2", 83);
	return path;
}

type Replace = (from: string, to: string) => void;

const WAYS: [name: string, replace: Replace][] = [
	["renamed over", (from, to) => renameSync(from, to)],
	["copied over", (from, to) => copyFileSync(from, to)],
	[
		"copied over, with the old times",
		(from, to) => {
			const { atime, mtime } = statSync(to);
			copyFileSync(from, to);
			utimesSync(to, atime, mtime);
		},
	],
	[
		"deleted and made again",
		(from, to) => {
			rmSync(to);
			copyFileSync(from, to);
		},
	],
];

for (const [name, options] of FORMATS)
	for (const [way, replace] of WAYS)
		test(`${name}, ${way}: the next find sees the new file`, async (t) => {
			const opened = await openMap(t, options);
			const { galaxy } = opened;
			await galaxy.put("session", "10.0.0.1", 81);
			await galaxy.put("older", "10.0.0.1", 83);
			await opened.untilReadable(true);
			await expectFound(opened, {
				session: "10.0.0.1:81",
				older: "10.0.0.1:83",
			});
			replace(await writeOther(t, galaxy, options), galaxy.path);
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
	const other = await writeOther(t, galaxy, {});
	renameSync(galaxy.path, `${galaxy.path}.away`);
	renameSync(other, galaxy.path);
	assert.equal(await found(opened, "session"), "10.0.0.2:82");
	renameSync(`${galaxy.path}.away`, galaxy.path);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	await galaxy.put("session", "10.0.0.3", 84);
	assert.equal(await found(opened, "session"), "10.0.0.3:84");
});
