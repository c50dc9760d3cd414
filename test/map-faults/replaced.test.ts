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
import { type GalaxyMap, startGalaxyMap } from "../support/galaxy-map.js";
import { mendScene } from "./fault.js";
import { endScene, type Scene, startScene, writeOldTruth } from "./scene.js";

/** Bytes 16 to 40 of the header, change counter included, by which SQLite tells whether its page cache still holds. */
function headerOf(path: string): string {
	return readFileSync(path).toString("hex", 16, 40);
}

/** A map with the new truth beside the first one, of the same size and by as many commits. */
async function writeSuccessor(t: TestContext, scene: Scene): Promise<string> {
	const galaxy: GalaxyMap = startGalaxyMap(t, `${scene.path}-2.sqlite`);
	await writeOldTruth(galaxy, scene);
	await scene.writeNewTruth(galaxy);
	return galaxy.path;
}

type Replace = (from: string, to: string) => void;

/** And whether the map is never away, so that nothing is to be told. */
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
			const scene = await startScene(t, {
				// As many commits as the successor takes.
				async before(galaxy) {
					for (const ids of ["1", "2", '["gie_1"]'])
						await galaxy.sql(`UPDATE gxproxy2 SET container_ids = '${ids}'`);
				},
			});
			const from = await writeSuccessor(t, scene);
			assert.equal(statSync(from).size, statSync(scene.path).size);
			assert.equal(headerOf(from), headerOf(scene.path));
			await mendScene(
				scene,
				() => replace(from, scene.path),
				(after) =>
					t.diagnostic(
						`| SQLite map ${way} | ${scene.client.tally()} | ${after} ms | ${scene.states().slice(1)} |`,
					),
			);
			const states = scene.states();
			await endScene(scene, seamless ? ["readable"] : states);
			assert.equal(states.at(-1), "readable");
			assert.ok(states.length <= 3, `${states}`);
		});
});
