import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { EVERY_WAY, expectTools, openTools } from "./opened-tools.js";

const HOST = "docker";

for (const [name, options] of EVERY_WAY)
	test(`${name}: rows with one address that appear together are all served`, async (t) => {
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("first", "t", HOST, 9),
		});
		const { put } = opened.galaxy;
		const changed = opened.nextChange();
		await put("a", "t", HOST, 1);
		await changed;
		await expectTools(opened, { "a/t": "docker:1" });
		const changedAgain = opened.nextChange();
		await put("between", "t", HOST, 2);
		await put("b", "t", HOST, 1);
		await changedAgain;
		while ((await opened.found("b/t")) === "unknown") await opened.nextChange();
		await expectTools(opened, { "a/t": "docker:1", "b/t": "docker:1" });
		await opened.galaxy.put("later", "t", HOST, 3);
		while ((await opened.found("later/t")) === "unknown")
			await opened.nextChange();
		await expectTools(opened, { "a/t": "docker:1", "b/t": "docker:1" });
	});

for (const [name, options] of EVERY_WAY)
	test(`${name}: a row that appears more than five seconds after the other ends it`, async (t) => {
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("first", "t", HOST, 9),
		});
		const { put } = opened.galaxy;
		const changed = opened.nextChange();
		await put("a", "t", HOST, 1);
		await changed;
		await expectTools(opened, { "a/t": "docker:1" });
		// The time is a rule of the map's.
		await pause(5_200);
		const changedAgain = opened.nextChange();
		await put("b", "t", HOST, 1);
		await changedAgain;
		await expectTools(opened, { "a/t": "ended", "b/t": "docker:1" });
	});

for (const [name, options] of EVERY_WAY)
	test(`${name}: the first tool of a new Galaxy may have companions too`, async (t) => {
		const opened = await openTools(t, options);
		await opened.untilReadable(false);
		const { put } = opened.galaxy;
		await put("a", "t", HOST, 1);
		await opened.untilReadable(true);
		await expectTools(opened, { "a/t": "docker:1" });
		const changed = opened.nextChange();
		await put("b", "t", HOST, 1);
		await changed;
		await expectTools(opened, { "a/t": "docker:1", "b/t": "docker:1" });
	});
