import assert from "node:assert/strict";
import { copyFileSync, renameSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { rebuild, SQLITE } from "./address-shared.js";
import { expectFound, found, type OpenOptions, openMap } from "./opened-map.js";

const HOST = "docker";
/** More rows than are reread after each change. */
const MANY = 1_500;
/** More rows than are searched for one session before the complete map is known. */
const VERY_MANY = 25_000;

/** Rows at addresses of their own, which nobody asks for. */
function fill(from: number, count: number): string {
	return (
		`WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n LIMIT ${count})` +
		" INSERT INTO gxproxy2 SELECT 'fill' || i, 'host' || i, 80, json_array('fill' || i), NULL FROM n"
	);
}

/** `old` is the second row, `swarm` the third, `taker` the last; `old` and `taker` have one address. */
function openLarge(t: TestContext, rows: number, options: OpenOptions = {}) {
	return openMap(t, {
		...options,
		async before(galaxy) {
			await galaxy.put("first", HOST, 1, ["first"]);
			await galaxy.put("old", HOST, 32768, ["a"]);
			await galaxy.put("swarm", "localhost", -8888, ["service"]);
			await galaxy.sql(fill(0, rows));
			await galaxy.put("later", HOST, 30000, ["later"]);
			await galaxy.put("taker", HOST, 32768, ["b"]);
		},
	});
}

for (const rows of [MANY, VERY_MANY])
	test(`the first finds of a map of ${rows} rows know which rows have ended`, async (t) => {
		const opened = await openLarge(t, rows);
		const keys = ["old", "taker", "fill0", "swarm", "nobody"];
		assert.deepEqual(await Promise.all(keys.map((key) => found(opened, key))), [
			"ended",
			`${HOST}:32768`,
			"host0:80",
			"not-ready",
			"unknown",
		]);
		// Rows that no request has asked for are known once the thread has read them.
		while (opened.map.counts().ended !== 1) await opened.nextChange();
	});

for (const [name, options] of SQLITE) {
	test(`${name}: a row far behind the latest is filled with a later row's port`, async (t) => {
		const opened = await openLarge(t, MANY, options);
		assert.equal(await found(opened, "swarm"), "not-ready");
		await opened.synced.update("swarm", HOST, 30000);
		await expectFound(opened, { swarm: "ended", later: `${HOST}:30000` });
	});

	test(`${name}: of many rows an ended one stays ended when the row that took its address goes`, async (t) => {
		const opened = await openLarge(t, MANY, options);
		assert.equal(await found(opened, "old"), "ended");
		while (opened.map.counts().ended !== 1) await opened.nextChange();
		await opened.synced.remove("taker");
		assert.equal(await found(opened, "old"), "ended");
		await opened.synced.put("old", HOST, 32768, ["c"]);
		assert.equal(await found(opened, "old"), `${HOST}:32768`);
	});
}

for (const how of [
	"VACUUM",
	"a file moved into place",
	"a dump that is read in again",
])
	test(`of many rows an ended one stays ended from the first find after ${how}`, async (t) => {
		const opened = await openLarge(t, MANY);
		const { galaxy, map } = opened;
		assert.equal(await found(opened, "old"), "ended");
		while (map.counts().ended !== 1) await opened.nextChange();
		await galaxy.remove("taker");
		await galaxy.remove("first");
		assert.equal(await found(opened, "old"), "ended");
		if (how === "VACUUM") await galaxy.sql("VACUUM");
		else if (how.startsWith("a dump")) await rebuild(galaxy.path);
		else {
			const copy = `${galaxy.path}.copy`;
			copyFileSync(galaxy.path, copy);
			renameSync(copy, galaxy.path);
		}
		// The complete map has not been read again yet.
		assert.equal(await found(opened, "old"), "ended");
		await galaxy.put("other", HOST, 2, ["other"]);
		await expectFound(opened, { other: `${HOST}:2`, old: "ended" });
	});
