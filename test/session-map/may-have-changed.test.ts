import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionTarget } from "../../src/route.js";
import { drivers } from "./drivers.js";
import { found, openMap } from "./opened-map.js";

const HOST = "10.0.0.1";
const ODD = `odd "key" \\ '%`;

function targets(...keys: string[]): SessionTarget[] {
	return keys.map((key) => [key, { host: HOST, port: 81 }]);
}

for (const driver of drivers) {
	test(`of many sessions, those that changed are named at once: ${driver.name}`, async (t) => {
		const opened = await openMap(t, { driver });
		const { galaxy, map } = opened;
		const keys = ["stays", "leaves", "moves", "port", "waits", ODD];
		for (const key of keys) await galaxy.put(key, HOST, 81);
		assert.equal(await found(opened, "stays"), `${HOST}:81`);
		assert.deepEqual(map.mayHaveChanged(targets(...keys)), []);
		await galaxy.remove("leaves");
		await galaxy.put("moves", "10.0.0.2", 81);
		await galaxy.update("port", HOST, 82);
		await galaxy.put("waits", null, -81);
		assert.deepEqual(map.mayHaveChanged(targets(...keys)), [
			"leaves",
			"moves",
			"port",
			"waits",
		]);
		assert.deepEqual(map.mayHaveChanged(targets("never", "__proto__")), [
			"never",
			"__proto__",
		]);
		assert.deepEqual(map.mayHaveChanged([]), []);
	});

	test(`a change that mayHaveChanged finds is reported: ${driver.name}`, async (t) => {
		const opened = await openMap(t, { driver });
		await opened.galaxy.put("abc", HOST, 81);
		assert.equal(await found(opened, "abc"), `${HOST}:81`);
		const told = opened.nextChange();
		await opened.galaxy.remove("abc");
		opened.map.mayHaveChanged(targets("abc"));
		await told;
		assert.equal(await found(opened, "abc"), "unknown");
	});

	test(`under a writer's lock every session may have changed: ${driver.name}`, async (t) => {
		const opened = await openMap(t, { driver });
		const { galaxy, map } = opened;
		await galaxy.put("abc", HOST, 81);
		assert.equal(await found(opened, "abc"), `${HOST}:81`);
		await galaxy.lock();
		assert.deepEqual(map.mayHaveChanged(targets("abc")), ["abc"]);
		await galaxy.unlock();
		assert.equal(await found(opened, "abc"), `${HOST}:81`);
		assert.deepEqual(map.mayHaveChanged(targets("abc")), []);
	});
}

for (const options of [{ file: "map.json" }, { era: "gxproxy" }] as const)
	test(`of a map that is read completely each session may have changed: ${JSON.stringify(options)}`, async (t) => {
		const opened = await openMap(t, options);
		await opened.galaxy.put("abc", HOST, 81);
		// Its thread takes a while to start.
		await opened.untilReadable(true);
		assert.equal(await found(opened, "abc"), `${HOST}:81`);
		assert.deepEqual(opened.map.mayHaveChanged(targets("abc")), ["abc"]);
	});
