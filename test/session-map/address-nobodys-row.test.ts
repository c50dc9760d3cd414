import assert from "node:assert/strict";
import { test } from "node:test";
import { change, SQLITE } from "./address-shared.js";
import { found, openMap } from "./opened-map.js";

// A visitor without a cookie: no session can ask for that row, but its container has the port.
for (const [name, options] of SQLITE)
	test(`${name}: a row without a key takes an address all the same`, async (t) => {
		const opened = await openMap(t, options);
		const { galaxy } = opened;
		await galaxy.put("old", "docker", 32768, ["a"]);
		assert.equal(await found(opened, "old"), "docker:32768");
		const values = `NULL, 'docker', 32768, '["b"]', NULL`;
		await change(opened, options.polled, () =>
			galaxy.sql(`INSERT INTO gxproxy2 VALUES (${values})`),
		);
		assert.equal(await found(opened, "old"), "ended");
		assert.equal(await found(opened, "null"), "unknown");
	});
