import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Admission } from "../../src/tool-owners.js";
import { KEY } from "../support/tools.js";
import {
	movableClock,
	SESSION,
	type StartedCheck,
	startCheck,
} from "./started.js";

/** An open tunnel of anna's, and a way to let time pass. */
async function startTunnel(t: TestContext) {
	t.mock.timers.enable({ apis: ["setInterval"] });
	const clock = movableClock(t);
	const started = await startCheck(t);
	const tunnel = await tunnelOf(started, "anna", "192.0.2.1");
	const later = (ms: number) => {
		clock.later(ms);
		t.mock.timers.tick(5_000);
	};
	return { ...started, tunnel, later };
}

async function tunnelOf(
	{ check, inUse }: StartedCheck,
	session: string,
	address: string,
): Promise<Admission> {
	const admission = await check.check({
		sessionKey: SESSION,
		block: { fields: { list: [], cookies: `galaxysession=${session}` } },
		peer: { address, trusted: false },
	});
	assert.ok(typeof admission === "object");
	inUse.add(admission);
	return admission;
}

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise(setImmediate);
}

test("an open tunnel is checked every minute", async (t) => {
	const { galaxy, later, withdrawn } = await startTunnel(t);
	later(40_000);
	assert.equal(galaxy.asked.length, 1);
	later(15_000);
	await galaxy.questions(2);
	later(15_000);
	assert.equal(galaxy.asked.length, 2);
	assert.deepEqual(withdrawn, []);
});

test("the tunnels of a user who is refused now end", async (t) => {
	const { galaxy, tunnel, later, withdrawn } = await startTunnel(t);
	galaxy.entryPoints.set(KEY, { owner: "ben", state: "active" });
	later(55_000);
	await until(() => withdrawn.length > 0);
	assert.deepEqual(withdrawn, [[tunnel, "notYours"]]);
});

test("so do those of a tool that Galaxy has ended", async (t) => {
	const { galaxy, tunnel, later, withdrawn } = await startTunnel(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "ended" });
	later(55_000);
	await until(() => withdrawn.length > 0);
	assert.deepEqual(withdrawn, [[tunnel, "toolStopped"]]);
});

test("while Galaxy fails a tunnel stays open for ten minutes", async (t) => {
	const { galaxy, tunnel, later, withdrawn, states } = await startTunnel(t);
	galaxy.instead = (response) => response.destroy();
	later(55_000);
	await until(() => states.length > 0);
	for (let minute = 2; minute < 10; minute++) later(60_000);
	assert.deepEqual(withdrawn, []);
	later(90_000);
	await until(() => withdrawn.length > 0);
	assert.deepEqual(withdrawn, [[tunnel, "ownerUnknown"]]);
});
