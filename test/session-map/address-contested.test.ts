import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { JsonFile } from "../../src/session-map/json-file.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { expectFound, found, openMap } from "./opened-map.js";

const HOST = "docker";
const PLACE = `${HOST}:32768`;

// A JSON map keeps the place of a key that is written again: its order says nothing.
for (const polled of [false, true]) {
	const where = polled ? " on a network file system" : "";
	const open = (t: Parameters<typeof openMap>[0]) =>
		openMap(t, {
			file: "map.json",
			polled,
			async before(galaxy) {
				await galaxy.put("a", HOST, 32768, ["a"]);
				await galaxy.put("b", HOST, 32768, ["b"]);
				await galaxy.put("alone", HOST, 32769, ["alone"]);
			},
		});

	test(`JSON${where}: rows with one address that all existed at the first read are contested`, async (t) => {
		const opened = await open(t);
		await expectFound(opened, {
			a: "contested",
			b: "contested",
			alone: `${HOST}:32769`,
		});
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 2 });
	});

	test(`JSON${where}: when a contested row is removed, the other one is served`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "a"), "contested");
		await opened.synced.remove("b");
		assert.equal(await found(opened, "a"), PLACE);
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 0 });
	});

	test(`JSON${where}: a row that is written again leads, and the contested ones have ended`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "a"), "contested");
		await opened.synced.put("a", HOST, 32768, ["again"]);
		await expectFound(opened, { a: PLACE, b: "ended" });
	});

	test(`JSON${where}: a row that moves away leaves the address to the other`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "b"), "contested");
		await opened.synced.put("b", HOST, 32770, ["again"]);
		await expectFound(opened, { a: PLACE, b: `${HOST}:32770` });
	});
}

test("contested sessions are named by address, never by their keys", async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	await galaxy.put("a", HOST, 32768, ["a"]);
	await galaxy.put("b", HOST, 32768, ["b"]);
	await galaxy.put("c", HOST, 32769, ["c"]);
	await galaxy.put("d", HOST, 32769, ["d"]);
	const file = new JsonFile(galaxy.path);
	file.refresh();
	assert.deepEqual(file.conflicts, {
		places: "elsewhere",
		contested: [["a", "b"].map(sessionLabel), ["c", "d"].map(sessionLabel)],
		doubted: [],
		tokenless: 0,
	});
});

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

/** The states of the sessions after the second writing, if the first one was read. */
function kindsAfter(path: string, before: Rows, after: Rows): string[] {
	const file = new JsonFile(path);
	write(path, before);
	file.refresh();
	write(path, after);
	file.refresh();
	return Object.keys(after).map((key) => file.route(key).kind);
}

test("rows that take one address in one change are contested, and the row before them has ended", (t) => {
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

test("an unchanged row does not count as written, wherever it is", (t) => {
	const path = join(scratchFolder(t), "map.json");
	const before: Rows = { old: [1, "x"], other: [2, "y"] };
	const after: Rows = { new: [1, "z"], other: [2, "y"], old: [1, "x"] };
	assert.deepEqual(kindsAfter(path, before, after), [
		"target",
		"target",
		"ended",
	]);
});
