import assert from "node:assert/strict";
import { test } from "node:test";
import { KEY } from "../support/tools.js";
import { movableClock, SESSION, startCheck } from "./started.js";

const ANNA = "galaxysession=anna";

test("requests at the same time share one question, and later ones its answer", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	const answers = await Promise.all([
		ask(ANNA),
		ask(ANNA),
		ask(`a=1; ${ANNA}`),
	]);
	assert.deepEqual(answers, ["admitted", "admitted", "admitted"]);
	assert.equal(await ask(ANNA), "admitted");
	assert.equal(galaxy.asked.length, 1);
});

test("a refusal is remembered too", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	for (const _ of [1, 2, 3])
		assert.equal(await ask("galaxysession=ben"), "notYours");
	assert.equal(galaxy.asked.length, 1);
});

test("another cookie, row or token is another question", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	galaxy.entryPoints.set("other", { owner: "anna", state: "active" });
	assert.equal(await ask(ANNA), "admitted");
	const other = { sessionKey: "other/token" };
	assert.equal(await ask(ANNA, other), "admitted");
	assert.equal(await ask(ANNA, { sessionKey: `${KEY}/newtoken` }), "admitted");
	const ben = await ask("galaxysession=ben", { address: "192.0.2.2" });
	assert.equal(ben, "notYours");
	assert.equal(galaxy.asked.length, 4);
});

test("after a minute the question is asked again, and its answer counts at once", async (t) => {
	const clock = movableClock(t);
	const { galaxy, ask } = await startCheck(t);
	assert.equal(await ask(ANNA), "admitted");
	galaxy.entryPoints.set(KEY, { owner: "ben", state: "active" });
	clock.later(50_000);
	assert.equal(await ask(ANNA), "admitted");
	clock.later(10_000);
	assert.equal(await ask(ANNA), "notYours");
	assert.equal(galaxy.asked.length, 2);
});

test("a row that is gone takes its users with it", async (t) => {
	const { galaxy, check, ask } = await startCheck(t);
	assert.equal(await ask(ANNA), "admitted");
	galaxy.entryPoints.set(KEY, { owner: "ben", state: "active" });
	check.forget(SESSION);
	assert.equal(await ask(ANNA), "notYours");
});

test("a tool that is not active yet is asked about again after a second", async (t) => {
	const clock = movableClock(t);
	const { galaxy, ask } = await startCheck(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "not active" });
	assert.equal(await ask(ANNA), "notActive");
	assert.equal(await ask(ANNA), "notActive");
	assert.equal(galaxy.asked.length, 1);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	clock.later(1_000);
	assert.equal(await ask(ANNA), "admitted");
});

test("one that is still not active after a minute has failed", async (t) => {
	const clock = movableClock(t);
	const { galaxy, ask } = await startCheck(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "not active" });
	assert.equal(await ask(ANNA), "notActive");
	clock.later(59_000);
	assert.equal(await ask(ANNA), "notActive");
	clock.later(1_001);
	assert.equal(await ask(ANNA), "toolStopped");
});

test("one that was active before has stopped: Galaxy says so after its restart", async (t) => {
	const clock = movableClock(t);
	const { galaxy, ask } = await startCheck(t);
	assert.equal(await ask(ANNA), "admitted");
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "not active" });
	clock.later(60_000);
	assert.equal(await ask(ANNA), "toolStopped");
});
