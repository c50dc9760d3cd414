import assert from "node:assert/strict";
import {
	copyFileSync,
	mkdirSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { startGalaxyMap } from "../support/session-map.js";
import { expectFound, found, type OpenOptions, openMap } from "./opened-map.js";

type Spoil = (path: string) => void;

const ANY: [name: string, spoil: Spoil, reason: RegExp][] = [
	["removed", (path) => rmSync(path), /does not exist/],
	[
		"emptied",
		(path) => truncateSync(path),
		/no table gxproxy2|no such table|is empty/,
	],
	[
		"cut in half",
		(path) => truncateSync(path, statSync(path).size / 2),
		/damaged|not a whole JSON/,
	],
	[
		"garbage",
		(path) => writeFileSync(path, "x".repeat(9000)),
		/damaged|not a whole JSON/,
	],
	[
		"replaced by a folder",
		(path) => {
			rmSync(path);
			mkdirSync(path);
		},
		/is not a file/,
	],
];

const FORMATS: [name: string, options: OpenOptions][] = [
	["gxproxy2", {}],
	["gxproxy", { era: "gxproxy" }],
	["JSON", { file: "map.json" }],
];

// Each waits for seconds in which nothing is to do.
describe("a spoilt map", { concurrency: 5 }, () => {
	for (const [name, options] of FORMATS)
		for (const [how, spoil, reason] of ANY)
			test(`a map ${how} is unreadable, not empty, ${name}`, async (t) => {
				const opened = await openMap(t, options);
				const { path } = opened.galaxy;
				await opened.galaxy.put("seen", "10.0.0.1", 81);
				await opened.galaxy.put("unseen", "10.0.0.1", 82);
				await opened.untilReadable(true);
				assert.equal(await found(opened, "seen"), "10.0.0.1:81");
				copyFileSync(path, `${path}.good`);
				const toldBefore = opened.states.length;
				spoil(path);
				await expectFound(opened, {
					seen: "10.0.0.1:81",
					unseen: "unreadable",
				});
				assert.match((await opened.untilReadable(false)).reason, reason);
				assert.ok(!(opened.map.find("seen") instanceof Promise), "at once");
				assert.equal(opened.states.length, toldBefore + 1, "told once");

				if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
					rmdirSync(path);
				copyFileSync(`${path}.good`, path);
				await opened.galaxy.put("new", "10.0.0.1", 83);
				await expectFound(opened, {
					new: "10.0.0.1:83",
					seen: "10.0.0.1:81",
					unseen: "10.0.0.1:82",
					never: "unknown",
				});
			});
});

test("a dropped table is unreadable until it is created again", async (t) => {
	const opened = await openMap(t);
	await opened.galaxy.put("session", "10.0.0.1", 81);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	await opened.galaxy.sql("DROP TABLE gxproxy2");
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	await opened.galaxy.put("other", "10.0.0.1", 82);
	await expectFound(opened, { session: "unknown", other: "10.0.0.1:82" });
});

for (const file of ["map.sqlite", "map.json"])
	test(`in a missing ${file} a find waits until Galaxy has created it`, async (t) => {
		const opened = await openMap(t, { file });
		await opened.untilReadable(false);
		const held = found(opened, "session");
		// Elsewhere first: Galaxy commits the table before its row, and who looks in between finds nobody.
		const { path } = opened.galaxy;
		const made = startGalaxyMap(t, join(dirname(path), `made-${file}`));
		await made.put("session", "10.0.0.1", 81);
		renameSync(made.path, path);
		assert.equal(await held, "10.0.0.1:81");
		assert.deepEqual(
			opened.states.map((state) => state.readable),
			[false, true],
		);
	});

test("a find in a map that is never created is answered after a second", async (t) => {
	const opened = await openMap(t);
	const before = performance.now();
	assert.equal(await found(opened, "session"), "unreadable");
	const waited = performance.now() - before;
	assert.ok(waited > 900 && waited < 10_000, `${waited} ms`);
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
