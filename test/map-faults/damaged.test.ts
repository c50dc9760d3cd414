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
import type { Setup, SetupOptions } from "./setup.js";
import { withstand } from "./withstand.js";

type Way = [name: string, damage: (path: string) => void];

const WAYS: Way[] = [
	["removed", (path) => rmSync(path)],
	["emptied", (path) => truncateSync(path)],
	["cut in half", (path) => truncateSync(path, statSync(path).size >> 1)],
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

// test/session-map has the other ways for JSON.
const FORMATS: [name: string, options: SetupOptions, ways: Way[]][] = [
	["SQLite", {}, WAYS],
	["JSON", { file: "map.json" }, WAYS.slice(0, 3)],
];

/** The saved file returns, then Galaxy writes to it. */
async function restore(setup: Setup): Promise<void> {
	const { path } = setup;
	const away = `${dirname(path)}.away`;
	if (statSync(away, { throwIfNoEntry: false }))
		renameSync(away, dirname(path));
	if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) rmdirSync(path);
	copyFileSync(`${path}.good`, path);
	await setup.writeNewRows();
}

// Each waits a second for the answer to an unknown session.
describe("a damaged map", { concurrency: 4 }, () => {
	for (const [format, options, ways] of FORMATS)
		for (const [how, damage] of ways)
			test(`a ${format} map ${how}`, async (t) => {
				await withstand(t, {
					name: `${format} map ${how}`,
					options,
					damage({ path }) {
						copyFileSync(path, `${path}.good`);
						damage(path);
					},
					repair: restore,
				});
			});
});
