import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { TOKEN } from "../same-address/tools-shared.js";
import type { RawClient } from "../support/client.js";
import {
	awaitEverywhere,
	expectEverywhere,
	withFirstAlone,
} from "./everywhere.js";
import { startToolsGroup, type ToolsGroup } from "./tools-group.js";

const FILES = ["map.sqlite", "map.json"];

interface Victim extends ToolsGroup {
	/** Of the victim's, in the worker of slot 1. */
	readonly tunnel: RawClient;
	/** Expects the status of all workers. */
	expect(key: string, status: number, when: string): Promise<void>;
	/** Waits until all workers serve it. */
	served(key: string): Promise<void>;
}

async function startVictim(t: TestContext, file: string): Promise<Victim> {
	const site = await startToolsGroup(t, "victim", file);
	const { group, open, status } = site;
	return {
		...site,
		tunnel: await withFirstAlone(group, () => open("victim")),
		expect: (key, wanted, when) =>
			expectEverywhere(() => status(key), wanted, `${key} ${when}`),
		served: (key) => awaitEverywhere(() => status(key), 200),
	};
}

for (const file of FILES)
	test(`${file}: no worker believes a row while another one has a connection to the older row's tool`, async (t) => {
		const { container, map, tunnel, expect, served } = await startVictim(
			t,
			file,
		);
		await map.put("thief", TOKEN, "localhost", container.port);
		await expect("thief", 502, "at first");
		await expect("victim", 200, "meanwhile");
		tunnel.end();
		await tunnel.closed;
		await served("thief");
		await expect("victim", 502, "once the tunnel has ended");
	});

for (const file of FILES)
	test(`${file}: a tunnel in a draining worker keeps a row out, one that appears later too`, async (t) => {
		const { container, map, group, tunnel, expect, served } = await startVictim(
			t,
			file,
		);
		await map.put("thief", TOKEN, "localhost", container.port);
		await group.roll();
		await expect("thief", 502, "after a restart");
		await map.put("later", TOKEN, "127.0.0.1", container.port);
		await expect("later", 502, "which appeared after it");
		await expect("victim", 200, "in the meantime");
		tunnel.send("still open");
		tunnel.end();
		await tunnel.closed;
		await served("later");
		await expect("victim", 502, "in the end");
	});

test("a row that appears while a worker is replaced is not believed by its successor", async (t) => {
	const { container, map, group, tunnel, expect } = await startVictim(
		t,
		"map.sqlite",
	);
	const second = group.pidOf(2);
	process.kill(second, "SIGKILL");
	await map.put("thief", TOKEN, "localhost", container.port);
	await group.successorOf(second);
	await expect("thief", 502, "after the successor's start");
	await expect("victim", 200, "meanwhile");
	assert.equal(tunnel.ending, undefined);
});
