import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Daemon } from "../support/daemon.js";
import {
	askTool,
	startToolContainer,
	startToolMap,
	startToolsDaemon,
	TOKEN,
} from "./tools-shared.js";

const ENTRY_POINTS = [1, 2, 3, 4];

async function expectOnlyBens(t: TestContext, daemon: Daemon): Promise<void> {
	for (const n of ENTRY_POINTS) {
		assert.equal(
			(await askTool(t, daemon, `anna${n}`)).status,
			502,
			`anna${n}`,
		);
		assert.equal((await askTool(t, daemon, `ben${n}`)).status, 200, `ben${n}`);
	}
}

// Galaxy leaves the rows of tools that ran when it was restarted, and Docker counts its ports from the beginning again.
test("after a restart of Galaxy and its engine, no old URL leads to another user's containers", async (t) => {
	const containers = await Promise.all(
		ENTRY_POINTS.map(() => startToolContainer(t)),
	);
	const map = startToolMap(t);
	for (const [at, n] of ENTRY_POINTS.entries())
		await map.put(`anna${n}`, TOKEN, "127.0.0.1", containers[at]?.port ?? 0);
	const before = await startToolsDaemon(t, map);
	for (const [at, n] of ENTRY_POINTS.entries())
		await map.put(`ben${n}`, TOKEN, "127.0.0.1", containers[at]?.port ?? 0);
	await expectOnlyBens(t, before);
	await before.stop();
	await expectOnlyBens(t, await startToolsDaemon(t, map));
	const requests = containers.map((each) => each.requests.length);
	assert.deepEqual(requests, [2, 2, 2, 2]);
});
