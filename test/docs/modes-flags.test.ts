import assert from "node:assert/strict";
import { test } from "node:test";
import { flagName, ONLY } from "../../src/config/config.js";
import { TABLES } from "../../src/mode.js";
import { read } from "../support/folders.js";

const [, rest = ""] = read("docs/settings.md").split("\n## Modes\n");
const [chapter = ""] = rest.split("\n## ");

/** The names in a row's cells for gie and for gxit. */
function cells(sign: string): string[][] {
	const row = chapter.split("\n").find((line) => line.includes(`| ${sign} |`));
	const [, , , gie = "", gxit = ""] = row?.split("|") ?? [];
	return [gie, gxit].map((cell) =>
		[...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
	);
}

test("docs/settings.md lists the flags of each mode, and no others", () => {
	const [gie, gxit] = cells("a flag, or its variable");
	assert.deepEqual(gie, ONLY.gie.map(flagName));
	assert.deepEqual(gxit, ONLY.gxit.map(flagName));
});

test("docs/settings.md lists the tables of each mode, and no others", () => {
	const [gie = [], gxit = []] = cells("the table in a SQLite map");
	const names = Object.entries(TABLES);
	const of = (mode: string) =>
		names.filter(([, each]) => each === mode).map(([name]) => name);
	assert.deepEqual([gie, gxit], [of("gie"), of("gxit")]);
});
