import assert from "node:assert/strict";
import { test } from "node:test";
import { change, WITH_IDS } from "./address-shared.js";
import { found, openMap } from "./opened-map.js";

for (const [name, options] of WITH_IDS)
	test(`${name}: where an address may have several owners, all rows are served`, async (t) => {
		const opened = await openMap(t, {
			...options,
			oneOwner: false,
			async before(galaxy) {
				await galaxy.put("a", "172.17.0.1", 32768, ["a"]);
				await galaxy.put("b", "172.17.0.1", 32768, ["b"]);
			},
		});
		assert.equal(await found(opened, "a"), "172.17.0.1:32768");
		await change(opened, options.polled, () =>
			opened.galaxy.put("c", "172.17.0.1", 32768, ["c"]),
		);
		for (const key of ["a", "b", "c"])
			assert.equal(await found(opened, key), "172.17.0.1:32768");
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 0 });
	});
