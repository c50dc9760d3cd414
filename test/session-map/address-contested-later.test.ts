import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { JsonFile } from "../../src/session-map/json-file.js";
import { scratchFolder } from "../support/folders.js";

type Rows = Record<string, [port: number, ...ids: string[]]>;

function write(path: string, rows: Rows): void {
	const map = Object.fromEntries(
		Object.entries(rows).map(([key, [port, ...ids]]) => [
			key,
			{ host: "docker", port, container_ids: ids },
		]),
	);
	writeFileSync(`${path}.new`, JSON.stringify(map));
	renameSync(`${path}.new`, path);
}

/** What the sessions of the second writing are, the first one having been read. */
function kindsAfter(path: string, before: Rows, after: Rows): string[] {
	const file = new JsonFile(path);
	write(path, before);
	file.refresh();
	write(path, after);
	file.refresh();
	return Object.keys(after).map((key) => file.route(key).kind);
}

test("rows that take one address in one change are contested, and who had it before has ended", (t) => {
	const path = join(scratchFolder(t), "map.json");
	const before: Rows = { old: [1, "x"] };
	const after: Rows = { old: [1, "x"], b: [1, "b"], c: [1, "c"] };
	assert.deepEqual(kindsAfter(path, before, after), [
		"ended",
		"contested",
		"contested",
	]);
});

for (const taken of [
	["b", "again"],
	["again", "b"],
] as const)
	test(`an earlier row of a contested container is not served: ${taken.join(", ")}`, (t) => {
		const path = join(scratchFolder(t), "map.json");
		const before: Rows = { old: [1, "x"] };
		const rows: Rows = { b: [1, "b"], again: [1, "x"] };
		const after: Rows = { ...before };
		for (const key of taken) after[key] = rows[key] ?? [1];
		const kinds = kindsAfter(path, before, after);
		assert.notEqual(kinds[0], "target");
		assert.deepEqual(kinds.slice(1), ["contested", "contested"]);
	});

test("a row that is there with the same content is not written, wherever it stands", (t) => {
	const path = join(scratchFolder(t), "map.json");
	const before: Rows = { old: [1, "x"], other: [2, "y"] };
	const after: Rows = { new: [1, "z"], other: [2, "y"], old: [1, "x"] };
	assert.deepEqual(kindsAfter(path, before, after), [
		"target",
		"target",
		"ended",
	]);
});
