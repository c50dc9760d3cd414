import assert from "node:assert/strict";
import { test } from "node:test";
import { change, WITH_IDS } from "./address-shared.js";
import { found, openMap } from "./opened-map.js";

const HOST = "172.17.0.1";

for (const [name, options] of WITH_IDS)
	test(`${name}: the row that takes an address ends the one before it`, async (t) => {
		const opened = await openMap(t, {
			...options,
			before: (galaxy) => galaxy.put("old", HOST, 32768, ["first"]),
		});
		const { galaxy, map } = opened;
		assert.equal(await found(opened, "old"), `${HOST}:32768`);
		await change(opened, options.polled, () =>
			galaxy.put("new", `${HOST}.`, "32768", ["second"]),
		);
		assert.equal(await found(opened, "old"), "ended");
		assert.equal(await found(opened, "new"), `${HOST}.:32768`);
		assert.deepEqual(map.counts(), { ended: 1, contested: 0 });

		// The old session starts another environment.
		await change(opened, options.polled, () =>
			galaxy.put("old", HOST, 32769, ["third"]),
		);
		assert.equal(await found(opened, "old"), `${HOST}:32769`);
		assert.equal(await found(opened, "new"), `${HOST}.:32768`);
		assert.deepEqual(map.counts(), { ended: 0, contested: 0 });

		// Its port was the new session's.
		await change(opened, options.polled, () =>
			galaxy.put("old", HOST, 32768, ["fourth"]),
		);
		assert.equal(await found(opened, "old"), `${HOST}:32768`);
		assert.equal(await found(opened, "new"), "ended");
	});

for (const [name, options] of WITH_IDS)
	test(`${name}: another port or another host takes nothing`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("a", HOST, 32768, ["a"]);
				await galaxy.put("b", HOST, 32769, ["b"]);
				await galaxy.put("c", "172.18.0.1", 32768, ["c"]);
			},
		});
		assert.equal(await found(opened, "a"), `${HOST}:32768`);
		assert.equal(await found(opened, "b"), `${HOST}:32769`);
		assert.equal(await found(opened, "c"), "172.18.0.1:32768");
	});
