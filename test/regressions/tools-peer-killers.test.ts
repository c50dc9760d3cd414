import assert from "node:assert/strict";
import { test } from "node:test";
import { HANGS, KILLERS } from "../e2e/support/peer/killers.js";
import { Scene } from "../e2e/support/peer/scene.js";

// gx-it-proxy ended at each of these, or did not answer; test/e2e/peer-killers.test.ts shows it.
for (const { name, attack } of KILLERS)
	test(`does not end a proxy of tools: ${name}`, async (t) => {
		const scene = await Scene.start(t, "galaxy-proxy");
		const program = await attack(scene);
		assert.equal(await scene.outlives(program), true);
	});

for (const { name, ask } of HANGS)
	test(`gets an answer from a proxy of tools: ${name}`, async (t) => {
		const scene = await Scene.start(t, "galaxy-proxy");
		assert.match(await ask(scene), /^[45]\d\d/);
	});
