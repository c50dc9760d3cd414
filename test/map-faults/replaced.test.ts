import assert from "node:assert/strict";
import {
	copyFileSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
} from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { type GalaxyMap, startGalaxyMap } from "../support/session-map.js";
import { type Setup, startSetup, writeOldRows } from "./setup.js";
import { finish } from "./withstand.js";

/** Bytes 16 to 40 of the header with the change counter, by which SQLite decides whether its page cache is valid. */
function headerOf(path: string): string {
	return readFileSync(path).toString("hex", 16, 40);
}

/** Another map with the new rows, of the same size and with the same number of commits. */
async function writeOther(t: TestContext, setup: Setup): Promise<string> {
	const galaxy: GalaxyMap = startGalaxyMap(t, `${setup.path}-2.sqlite`);
	await writeOldRows(galaxy, setup);
	await setup.writeNewRows(galaxy);
	return galaxy.path;
}

type Replace = (from: string, to: string) => void;

/** seamless: the map is always there, so that nothing is logged. */
const WAYS: [name: string, replace: Replace, seamless: boolean][] = [
	["renamed over", (from, to) => renameSync(from, to), true],
	["copied over", (from, to) => copyFileSync(from, to), false],
	[
		"copied over, with the old times",
		(from, to) => {
			const { atime, mtime } = statSync(to);
			copyFileSync(from, to);
			utimesSync(to, atime, mtime);
		},
		false,
	],
	[
		"deleted and made again",
		(from, to) => {
			rmSync(to);
			copyFileSync(from, to);
		},
		false,
	],
];

describe("a replaced map of the same size and change counter", {
	concurrency: 4,
}, () => {
	for (const [way, replace, seamless] of WAYS)
		test(way, async (t) => {
			const setup = await startSetup(t, {
				// As many commits as the other map takes.
				async before(galaxy) {
					for (const ids of ["1", "2", '["gie_1"]'])
						await galaxy.sql(`UPDATE gxproxy2 SET container_ids = '${ids}'`);
				},
			});
			const from = await writeOther(t, setup);
			assert.equal(statSync(from).size, statSync(setup.path).size);
			assert.equal(headerOf(from), headerOf(setup.path));
			await finish(t, setup, {
				name: `SQLite map ${way}`,
				repair: async () => replace(from, setup.path),
				states: seamless ? ["readable"] : "any",
			});
			const states = setup.states();
			assert.equal(states.at(-1), "readable");
			assert.ok(states.length <= 3, `${states}`);
		});
});
