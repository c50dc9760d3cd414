import assert from "node:assert/strict";
import { test } from "node:test";
import { mayUpgrade } from "../../src/proxy/cors.js";

test("without a list every origin may upgrade", () => {
	for (const policy of ["same-host", "any", "none"] as const)
		assert.equal(mayUpgrade(policy, "https://evil.test"), true, policy);
});

test("a list binds upgrades of browsers, and no others", () => {
	const list = ["https://galaxy.example"];
	assert.equal(mayUpgrade(list, "https://Galaxy.example"), true);
	assert.equal(mayUpgrade(list, null), true);
	for (const origin of ["https://evil.test", "null", ""])
		assert.equal(mayUpgrade(list, origin), false, origin);
});
