import assert from "node:assert/strict";
import { test } from "node:test";
import { SQLITE } from "./address-shared.js";
import { found, openMap } from "./opened-map.js";

const HOST = "docker";

for (const [name, options] of SQLITE)
	test(`${name}: of rows that were there before the start the one written last leads`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("first", HOST, 32768, ["a"]);
				await galaxy.put("second", HOST, 32768, ["b"]);
				await galaxy.put("third", HOST, 32768, ["c"]);
				// Galaxy deletes and inserts: the row of a session that starts again is the last one.
				await galaxy.put("second", HOST, 32768, ["d"]);
			},
		});
		assert.equal(await found(opened, "first"), "ended");
		assert.equal(await found(opened, "third"), "ended");
		assert.equal(await found(opened, "second"), `${HOST}:32768`);
		assert.deepEqual(opened.map.counts(), { ended: 2, contested: 0 });
	});
