import assert from "node:assert/strict";
import { test } from "node:test";
import { KILLERS } from "../e2e/support/peer/killers.js";
import { Scene } from "../e2e/support/peer/scene.js";

// gx-it-proxy ended at each of these; test/e2e/peer-killers.test.ts shows it.
for (const { name, attack } of KILLERS)
	test(`does not end a proxy of tools: ${name}`, async (t) => {
		const scene = await Scene.start(t, "galaxy-proxy");
		const program = await attack(scene);
		assert.equal(await scene.outlives(program), true);
	});
