import assert from "node:assert/strict";
import { test } from "node:test";
import { change, SQLITE } from "./address-shared.js";
import { found, openMap } from "./opened-map.js";

// Galaxy's only UPDATE fills in a port that was allotted before the row was inserted.
for (const [name, options] of SQLITE) {
	test(`${name}: a row that is filled with the port of a later row has ended`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("swarm", "localhost", -8888, ["service1"]);
				await galaxy.put("later", "docker", 30000, ["service2"]);
			},
		});
		assert.equal(await found(opened, "swarm"), "not-ready");
		await change(opened, options.polled, () =>
			opened.galaxy.update("swarm", "docker", 30000),
		);
		assert.equal(await found(opened, "swarm"), "ended");
		assert.equal(await found(opened, "later"), "docker:30000");
	});

	test(`${name}: a row that is filled with the port of an earlier row leads`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("earlier", "docker", 30000, ["service1"]);
				await galaxy.put("swarm", "localhost", -8888, ["service2"]);
			},
		});
		// A row that waits for its port takes no address.
		assert.equal(await found(opened, "earlier"), "docker:30000");
		await change(opened, options.polled, () =>
			opened.galaxy.update("swarm", "docker", 30000),
		);
		assert.equal(await found(opened, "swarm"), "docker:30000");
		assert.equal(await found(opened, "earlier"), "ended");
	});
}
