import assert from "node:assert/strict";
import { test } from "node:test";
import { loadDriver } from "../../src/session-map/sqlite-driver.js";
import { drivers } from "./drivers.js";
import { found, openMap } from "./opened-map.js";

for (const driver of drivers) {
	test(`${driver.name} does not wait for a lock, and reports it`, async (t) => {
		const opened = await openMap(t, { driver });
		await opened.galaxy.put("session", "10.0.0.1", 80);
		assert.equal(await found(opened, "session"), "10.0.0.1:80");
		await opened.galaxy.lock();
		const before = performance.now();
		const answer = opened.map.find("unseen");
		assert.ok(performance.now() - before < 2_000);
		assert.ok(answer instanceof Promise);
		await opened.galaxy.unlock();
		assert.equal((await answer).kind, "unknown");
	});

	test(`${driver.name} never writes`, async (t) => {
		const opened = await openMap(t, {
			before: (galaxy) => galaxy.put("session", "10.0.0.1", 80),
		});
		const connection = driver.open(opened.galaxy.path);
		t.after(() => connection.close());
		assert.throws(
			() => connection.prepare("DELETE FROM gxproxy2").run(),
			/readonly/,
		);
	});
}

test("the driver of this Node loads without a warning", async (t) => {
	const warnings: Error[] = [];
	const onWarning = (warning: Error) => warnings.push(warning);
	process.on("warning", onWarning);
	t.after(() => process.off("warning", onWarning));
	await loadDriver();
	process.emitWarning("something else", "ExperimentalWarning");
	await new Promise((resolve) => setImmediate(resolve));
	assert.deepEqual(
		warnings.map((warning) => warning.message),
		["something else"],
	);
});
