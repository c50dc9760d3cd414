import assert from "node:assert/strict";
import { test } from "node:test";
import { drivers } from "./drivers.js";
import { expectFound, found, openMap, shown, stopClock } from "./opened-map.js";

for (const driver of drivers) {
	test(`while a writer holds the lock, the previous routes are served, ${driver.name}`, async (t) => {
		const opened = await openMap(t, { driver });
		await opened.galaxy.put("session", "10.0.0.1", 80);
		assert.equal(await found(opened, "session"), "10.0.0.1:80");
		await opened.galaxy.lock();
		assert.equal(await found(opened, "session"), "10.0.0.1:80");
		await opened.galaxy.unlock();
	});

	test(`a lock of seconds: last good answers at once, no session is unknown, ${driver.name}`, async (t) => {
		const opened = await openMap(t, { driver });
		await opened.galaxy.put("seen", "10.0.0.1", 80);
		await opened.galaxy.put("moved", "10.0.0.1", 81);
		await expectFound(opened, { seen: "10.0.0.1:80", moved: "10.0.0.1:81" });
		await opened.galaxy.put("unseen", "10.0.0.1", 82);
		await opened.galaxy.put("moved", "10.0.0.2", 81);
		await opened.galaxy.lock();

		// The move was committed before the lock: nobody may be sent to the old place until a second has passed.
		const before = performance.now();
		assert.ok(opened.map.find("moved") instanceof Promise);
		const answers = ["moved", "unseen"].map((key) => found(opened, key));
		assert.deepEqual(await Promise.all(answers), ["10.0.0.1:81", "unreadable"]);
		const waited = performance.now() - before;
		assert.ok(waited > 900 && waited < 10_000, `${waited} ms`);

		assert.match((await opened.untilReadable(false)).reason, /locked/);
		assert.equal(shown(await opened.map.find("seen")), "10.0.0.1:80");
		assert.ok(!(opened.map.find("seen") instanceof Promise));

		const held = found(opened, "unseen");
		await opened.galaxy.unlock();
		assert.equal(await held, "10.0.0.1:82");
		assert.equal(await found(opened, "moved"), "10.0.0.2:81");
		assert.equal(opened.map.state().readable, true);
		assert.equal(
			opened.states.filter((state) => !state.readable).length,
			2,
			"missing at the beginning, and locked, each reported once",
		);
	});
}

test("a thousand waiting finds are answered in order", async (t) => {
	const opened = await openMap(t);
	await opened.galaxy.put("session", "10.0.0.1", 80);
	await found(opened, "session");
	await opened.galaxy.lock();
	stopClock(t);
	const order: number[] = [];
	const answers = Array.from({ length: 1000 }, async (_, index) => {
		const kind = (await opened.map.find(`unknown-${index}`)).kind;
		order.push(index);
		return kind;
	});
	await opened.galaxy.unlock();
	assert.deepEqual(new Set(await Promise.all(answers)), new Set(["unknown"]));
	assert.deepEqual(
		order,
		order.toSorted((a, b) => a - b),
	);
});
