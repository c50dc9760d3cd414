import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { KEY } from "../support/tools.js";
import { movableClock, startCheck } from "./started.js";

const ANNA = "galaxysession=anna";
const MINUTE_MS = 60_000;

/** A Galaxy that has admitted anna, then fails, and one minute later. */
async function startFailing(
	t: TestContext,
	onFailure: "recent" | "allow" | "refuse",
) {
	const clock = movableClock(t);
	const started = await startCheck(t, { onFailure });
	assert.equal(await started.ask(ANNA), "admitted");
	started.galaxy.instead = (response) => {
		response.writeHead(502).end("<html>Bad Gateway");
	};
	clock.later(MINUTE_MS);
	return { ...started, clock };
}

test("recent: whom Galaxy admitted in the last ten minutes passes, and nobody else", async (t) => {
	const { ask, clock, states } = await startFailing(t, "recent");
	assert.equal(await ask(ANNA), "admitted");
	assert.equal(await ask("galaxysession=ben"), "ownerUnknown");
	clock.later(8 * MINUTE_MS);
	assert.equal(await ask(ANNA), "admitted");
	clock.later(MINUTE_MS);
	assert.equal(await ask(ANNA), "ownerUnknown");
	assert.deepEqual(states, ["status 502"]);
});

test("allow: every session cookie passes, but not without one", async (t) => {
	const { ask, clock } = await startFailing(t, "allow");
	clock.later(20 * MINUTE_MS);
	assert.equal(await ask(ANNA), "admitted");
	assert.equal(await ask("galaxysession=ben"), "admitted");
	assert.equal(await ask(undefined), "notLoggedIn");
});

test("refuse: nobody passes", async (t) => {
	const { ask } = await startFailing(t, "refuse");
	assert.equal(await ask(ANNA), "ownerUnknown");
});

test("allow: whom Galaxy refused before it failed stays refused", async (t) => {
	const clock = movableClock(t);
	const { galaxy, ask } = await startCheck(t, { onFailure: "allow" });
	assert.equal(await ask("galaxysession=ben"), "notYours");
	galaxy.instead = (response) => response.destroy();
	clock.later(MINUTE_MS);
	assert.equal(await ask("galaxysession=ben"), "notYours");
});

test("users of a Galaxy that fails do not wait for it, and it is asked again", async (t) => {
	const { galaxy, ask, clock, states } = await startFailing(t, "recent");
	assert.equal(await ask(ANNA), "admitted");
	galaxy.instead = () => undefined;
	clock.later(5_000);
	assert.equal(await ask(ANNA), "admitted");
	await galaxy.questions(3);
	assert.equal(await ask(ANNA), "admitted");
	assert.equal(galaxy.asked.length, 3);
	assert.deepEqual(states, ["status 502"]);
});

test("that it works again is told, and its answer counts", async (t) => {
	const { galaxy, ask, clock, states } = await startFailing(t, "recent");
	assert.equal(await ask(ANNA), "admitted");
	galaxy.instead = undefined;
	galaxy.entryPoints.set(KEY, { owner: "ben", state: "active" });
	clock.later(5_000);
	assert.equal(await ask(ANNA), "admitted");
	await galaxy.questions(3);
	while (states.length < 2) await new Promise(setImmediate);
	assert.equal(await ask(ANNA), "notYours");
	assert.deepEqual(states, ["status 502", undefined]);
});

test("no answer within three seconds is a failure", async (t) => {
	const { galaxy, ask, states } = await startCheck(t);
	galaxy.instead = (response) => {
		response.writeHead(200, { "Content-Type": "application/json" });
		response.write('{"target"');
	};
	const before = Date.now();
	assert.equal(await ask(ANNA), "ownerUnknown");
	assert.ok(Date.now() - before < 10_000);
	assert.deepEqual(states, ["no answer within 3 s"]);
});

test("a Galaxy that is not there is a failure", async (t) => {
	const galaxyUrl = "http://127.0.0.1:9";
	const { ask, states } = await startCheck(t, { galaxyUrl });
	assert.equal(await ask(ANNA), "ownerUnknown");
	assert.deepEqual(states, ["ECONNREFUSED"]);
});

test("an answer without an end is a failure", async (t) => {
	const { galaxy, ask, states } = await startCheck(t);
	galaxy.instead = (response) => response.end("x".repeat(100_000));
	assert.equal(await ask(ANNA), "ownerUnknown");
	assert.deepEqual(states, ["a long answer"]);
});
