import assert from "node:assert/strict";
import {
	copyFileSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
} from "node:fs";
import { extname } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { startGalaxyMap } from "../support/session-map.js";
import {
	type Setup,
	type SetupOptions,
	startSetup,
	writeOldRows,
} from "./setup.js";
import { finish } from "./withstand.js";

/** Bytes 16 to 40 of the header with the change counter, by which SQLite decides whether its page cache is valid. */
function headerOf(path: string): string {
	return readFileSync(path).toString("hex", 16, 40);
}

/** Another map with the new rows, of the same size and with the same number of commits. */
async function writeOther(
	t: TestContext,
	setup: Setup,
	{ era }: SetupOptions,
): Promise<string> {
	const file = `${setup.path}-2${extname(setup.path)}`;
	const galaxy = startGalaxyMap(t, file, era);
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

const FORMATS: [name: string, options: SetupOptions][] = [
	["SQLite", {}],
	["SQLite (gxproxy)", { era: "gxproxy" }],
	["JSON", { file: "map.json" }],
];

describe("a replaced map of the same size and change counter", {
	concurrency: 4,
}, () => {
	for (const [format, options] of FORMATS)
		for (const [way, replace, seamless] of WAYS)
			test(`${format} map ${way}`, async (t) => {
				const isSqlite = format !== "JSON";
				const setup = await startSetup(t, {
					...options,
					// As many commits as the other map takes.
					async before(galaxy) {
						for (const version of isSqlite ? [1, 2, 0] : [])
							await galaxy.sql(`PRAGMA user_version = ${version}`);
					},
				});
				const from = await writeOther(t, setup, options);
				if (isSqlite) {
					assert.equal(statSync(from).size, statSync(setup.path).size);
					assert.equal(headerOf(from), headerOf(setup.path));
				}
				await finish(t, setup, {
					name: `${format} map ${way}`,
					repair: async () => replace(from, setup.path),
					states: seamless ? ["readable"] : "any",
				});
				const states = setup.states();
				assert.equal(states.at(-1), "readable");
				assert.ok(states.length <= 3, `${states}`);
			});
});
