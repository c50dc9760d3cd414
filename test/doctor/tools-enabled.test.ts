import assert from "node:assert/strict";
import { test } from "node:test";
import { expectDiagnosis } from "./examined.js";
import { examineGalaxy } from "./galaxy-file.js";

const GRAVITY = "gravity: {gx_it_proxy: {enable: true, port: 1}}\n";

for (const [what, galaxy, state] of [
	["missing", `${GRAVITY}galaxy: {}`, /is missing/],
	["false", "galaxy: {interactivetools_enable: false}", /is false/],
] as const)
	test(`a galaxy.yml with interactivetools_enable ${what} is examined for tools`, async (t) => {
		expectDiagnosis(await examineGalaxy(t, galaxy), {
			name: "tools enabled",
			what: state,
			remedy: /interactivetools_enable: true/,
		});
	});

test("a galaxy.yml without a sign of tools is examined for environments", async (t) => {
	const { findings } = await examineGalaxy(t, "galaxy: {port: 1}");
	assert.ok(findings.every(({ name }) => name !== "tools enabled"));
});
