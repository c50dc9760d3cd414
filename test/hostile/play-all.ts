import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { WORKERS } from "../support/workers.js";
import { startBystander } from "./bystander.js";
import { BYSTANDER } from "./bystander-thread.js";
import { HostileDaemon, unexpected } from "./hostile-daemon.js";
import type { Kind } from "./kind.js";
import { type Resources, resourcesAtRest } from "./resources.js";

/** Peers of each kind: enough for both halves, and for two of each to be there at one time. */
const COUNT = 6;
const SECONDS = 1;

/** A test of these kinds, one after the other, while a well-behaved client is served. The long battery is battery.ts. */
export function testPeers(name: string, kinds: readonly Kind[]): void {
	test(`${name} end as expected, and a well-behaved client does not notice`, (t) =>
		playAll(
			t,
			kinds.filter(({ long }) => !long),
		));
}

/** The resources that must be the same after all peers have left. */
function remaining({ active, descriptors }: Resources) {
	return { active, descriptors };
}

async function playAll(t: TestContext, kinds: readonly Kind[]): Promise<void> {
	const bystander = await startBystander(t);
	const hostile = await HostileDaemon.start(t, {
		kinds,
		count: COUNT,
		seconds: SECONDS,
		bystanders: { [BYSTANDER]: bystander.row },
	});
	const before = await resourcesAtRest(hostile.daemon);
	bystander.begin(hostile.daemon.port);
	for (const kind of kinds) {
		const outcome = await hostile.play(kind);
		assert.deepEqual(unexpected(kind, outcome), [], kind.name);
	}
	const { wrong } = await bystander.end();
	assert.deepEqual(wrong, []);
	// These are the supervisor's.
	if (WORKERS > 0) return;
	const after = await resourcesAtRest(hostile.daemon, (now) =>
		isDeepStrictEqual(remaining(now), remaining(before)),
	);
	assert.deepEqual(remaining(after), remaining(before));
}
