import assert from "node:assert/strict";
import { test } from "node:test";
import { HANGS, KILLERS } from "./support/peer/killers.js";
import { Scene } from "./support/peer/scene.js";
import { until } from "./support/until.js";

for (const { name, attack } of KILLERS)
	test(`ends gx-it-proxy: ${name}`, async (t) => {
		const scene = await Scene.start(t, "gx-it-proxy");
		const program = await attack(scene);
		await until("its end", () => program.end() !== undefined);
		assert.notEqual(program.end(), 0);
	});

for (const { name, ask } of HANGS)
	test(`gets no answer from gx-it-proxy: ${name}`, async (t) => {
		const scene = await Scene.start(t, "gx-it-proxy");
		assert.equal(await ask(scene), "no answer");
	});
