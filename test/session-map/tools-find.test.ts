import { test } from "node:test";
import { EVERY_WAY, expectTools, openTools } from "./opened-tools.js";

for (const [name, options] of EVERY_WAY)
	test(`${name}: key and token together name a row`, async (t) => {
		const opened = await openTools(t, {
			...options,
			async before({ put }) {
				await put("k1", "t1", "127.0.0.1", 32768);
				await put("k2", "t2", "::1", 32769);
				await put("free", null, "docker", 1);
				await put("empty", "", "docker", 2);
			},
		});
		await expectTools(opened, {
			"k1/t1": "127.0.0.1:32768",
			"k2/t2": "::1:32769",
			"k1/t2": "unknown",
			"k1/t": "unknown",
			"k1/t11": "unknown",
			"k1/": "unknown",
			k1: "unknown",
			"K1/t1": "unknown",
			"k1/T1": "unknown",
			"nobody/t1": "unknown",
			"/t1": "unknown",
			"free/": "unknown",
			"free/null": "unknown",
			"empty/": "unknown",
			"__proto__/t1": "unknown",
			"k1/t1/": "unknown",
		});
	});

test("rows of one key and several types: each by its token", async (t) => {
	const opened = await openTools(t, {
		async before({ put }) {
			await put("k", "one", "docker", 1, null, "a");
			await put("k", "two", "docker", 2);
			await put("k", "three", "docker", 3, null, "c");
		},
	});
	await expectTools(opened, {
		"k/one": "docker:1",
		"k/two": "docker:2",
		"k/three": "docker:3",
		"k/four": "unknown",
	});
});

test("rows of one key and token: served where they agree, else contested", async (t) => {
	const opened = await openTools(t, {
		async before({ put }) {
			await put("same", "t", "docker", 1);
			await put("same", "t", "docker", 1, null, "other");
			await put("differ", "t", "docker", 2);
			await put("differ", "t", "docker", 3, null, "other");
			await put("needs", "t", "docker", 4);
			await put("needs", "t", "docker", 4, '{"requires_path_in_url": 1}', "x");
		},
	});
	await expectTools(opened, {
		"same/t": "docker:1",
		"differ/t": "contested",
		"needs/t": "contested",
	});
});
