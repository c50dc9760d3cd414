import assert from "node:assert/strict";
import { renameSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";
import {
	copyInstallation,
	type Installation,
} from "../support/installation.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";

function folderOf({ script }: Installation): string {
	return dirname(dirname(script));
}

test("a rolling restart through a link that leads to another version loses nothing, and the log says so once", async (t) => {
	const folder = scratchFolder(t);
	const link = join(folder, "current");
	const next = join(folder, "next");
	const later = copyInstallation(t);
	later.install("99.8.7");
	symlinkSync(folderOf(copyInstallation(t)), link);
	symlinkSync(folderOf(later), next);
	const sessions = { abc: await startLoadContainer(t) };
	const group = await startGroup(t, {
		sessions,
		script: join(link, "lib", "main.js"),
	});
	const { daemon, port } = group;
	const load = await startLoad(t, { port, rate: 300 });
	const isTold = ({ msg }: { msg?: string }) =>
		msg?.startsWith("the worker and its supervisor have different") === true;
	assert.equal(daemon.lines.find(isTold), undefined);
	renameSync(next, link);
	await group.roll();
	await load.until(100);
	assert.equal((await load.stop()).lost, 0);
	const told = daemon.lines.filter(isTold);
	assert.deepEqual(
		told.map(({ version, node }) => ({ version, node })),
		[{ version: "99.8.7", node: process.versions.node }],
	);
});
