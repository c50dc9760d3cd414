import assert from "node:assert/strict";
import { copyFileSync, renameSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { rebuild, SQLITE, WITH_IDS } from "./address-shared.js";
import {
	expectFound,
	found,
	type OpenedMap,
	type OpenOptions,
	openMap,
} from "./opened-map.js";

const HOST = "docker";

/** A map in which `new` has taken the address of `old`, and `first` stands before them. */
async function openEnded(
	t: TestContext,
	options: OpenOptions,
): Promise<OpenedMap> {
	const opened = await openMap(t, {
		...options,
		async before(galaxy) {
			await galaxy.put("first", HOST, 1, ["first"]);
			await galaxy.put("old", HOST, 32768, ["a"]);
		},
	});
	assert.equal(await found(opened, "old"), `${HOST}:32768`);
	await opened.synced.put("new", HOST, 32768, ["b"]);
	assert.equal(await found(opened, "old"), "ended");
	return opened;
}

for (const [name, options] of WITH_IDS) {
	test(`${name}: an ended row stays ended when the row that took its address goes`, async (t) => {
		const opened = await openEnded(t, options);
		await opened.synced.remove("new");
		assert.equal(await found(opened, "old"), "ended");
		assert.deepEqual(opened.map.counts(), { ended: 1, contested: 0 });
		opened.map.look();
		assert.equal(await found(opened, "old"), "ended");
	});

	test(`${name}: an ended row stays ended when the row that took its address moves`, async (t) => {
		const opened = await openEnded(t, options);
		await opened.synced.put("new", HOST, 32769, ["c"]);
		await expectFound(opened, { old: "ended", new: `${HOST}:32769` });
	});

	test(`${name}: a row that has ended is served once it is written again`, async (t) => {
		const opened = await openEnded(t, options);
		await opened.synced.remove("new");
		await opened.synced.put("old", HOST, 32768, ["c"]);
		assert.equal(await found(opened, "old"), `${HOST}:32768`);
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 0 });
	});

	test(`${name}: an ended row stays ended when others come and go`, async (t) => {
		const opened = await openEnded(t, options);
		await opened.synced.remove("new");
		await opened.synced.put("newer", HOST, 32768, ["c"]);
		assert.equal(await found(opened, "newer"), `${HOST}:32768`);
		await opened.synced.remove("newer");
		await opened.synced.remove("first");
		assert.equal(await found(opened, "old"), "ended");
	});

	test(`${name}: an ended row stays ended in a file that is moved into place`, async (t) => {
		const opened = await openEnded(t, options);
		const { path } = opened.galaxy;
		await opened.synced.remove("new");
		copyFileSync(path, `${path}.copy`);
		renameSync(`${path}.copy`, path);
		opened.map.look();
		await opened.synced.put("other", HOST, 2, ["other"]);
		await expectFound(opened, { other: `${HOST}:2`, old: "ended" });
	});
}

for (const [name, options] of SQLITE) {
	for (const how of ["VACUUM", "a dump that is read in again"])
		test(`${name}: an ended row stays ended after ${how}`, async (t) => {
			const opened = await openEnded(t, options);
			await opened.synced.remove("new");
			await opened.synced.remove("first");
			if (how === "VACUUM") await opened.galaxy.sql("VACUUM");
			else await rebuild(opened.galaxy.path);
			await opened.synced.put("other", HOST, 2, ["other"]);
			await expectFound(opened, { other: `${HOST}:2`, old: "ended" });
		});

	test(`${name}: the last row keeps its rowid when it is written again, and that counts`, async (t) => {
		const opened = await openEnded(t, options);
		await opened.synced.remove("new");
		// Now the ended row is the last one: DELETE and INSERT give it the same rowid.
		await opened.synced.put("old", HOST, 32768, ["again"]);
		assert.equal(await found(opened, "old"), `${HOST}:32768`);
	});
}
