import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES } from "./support/peer/cases.js";
import { PROGRAMS } from "./support/peer/program.js";
import { Scene } from "./support/peer/scene.js";

for (const name of PROGRAMS)
	test(`the measured cases of Interactive Tools through ${name}`, async (t) => {
		const scene = await Scene.start(t, name);
		for (const each of CASES)
			await t.test(
				`${each.number}: ${each.name}`,
				{ skip: each.skip ?? false },
				async () => {
					const expected =
						name === "gx-it-proxy" ? each.peer : (each.ours ?? each.peer);
					assert.deepEqual(await each.run(scene), expected);
				},
			);
	});
