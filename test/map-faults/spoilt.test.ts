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
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { endure } from "./fault.js";
import type { Scene, SceneOptions } from "./scene.js";

type Way = [name: string, spoil: (path: string) => void];

const WAYS: Way[] = [
	["removed", (path) => rmSync(path)],
	["emptied", (path) => truncateSync(path)],
	[
		"cut in half",
		(path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
	],
	["turned to garbage", (path) => writeFileSync(path, "x".repeat(9000))],
	[
		"replaced by a folder",
		(path) => {
			rmSync(path);
			mkdirSync(path);
		},
	],
	[
		"moved away with its folder",
		(path) => renameSync(dirname(path), `${dirname(path)}.away`),
	],
];

// test/session-map has the others of JSON.
const FORMATS: [name: string, options: SceneOptions, ways: Way[]][] = [
	["SQLite", {}, WAYS],
	["JSON", { file: "map.json" }, WAYS.slice(0, 3)],
];

/** What was saved comes back, then Galaxy goes on. */
async function restore(scene: Scene): Promise<void> {
	const { path } = scene;
	const away = `${dirname(path)}.away`;
	if (statSync(away, { throwIfNoEntry: false }))
		renameSync(away, dirname(path));
	if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) rmdirSync(path);
	copyFileSync(`${path}.good`, path);
	await scene.writeNewTruth();
}

// Each waits a second for the answer of a session that was never seen.
describe("a spoilt map", { concurrency: 4 }, () => {
	for (const [format, options, ways] of FORMATS)
		for (const [how, spoil] of ways)
			test(`a ${format} map ${how}`, async (t) => {
				await endure(t, {
					name: `${format} map ${how}`,
					scene: options,
					strike({ path }) {
						copyFileSync(path, `${path}.good`);
						spoil(path);
					},
					mend: restore,
				});
			});
});
