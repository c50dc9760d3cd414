import assert from "node:assert/strict";
import { test } from "node:test";
import { MapStatistics } from "../../src/admin/map-statistics.js";

/** /readyz said 200 after a commit to a map whose damaged page had never let it be read completely. */
test("a change of a map that was never readable does not make the daemon ready", () => {
	const map = new MapStatistics(30_000);
	map.entered(false);
	map.changed();
	assert.match(map.notReady() ?? "", /no session map was read yet/);
	map.entered(true);
	assert.equal(map.notReady(), undefined);
});
