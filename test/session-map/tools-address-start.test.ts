import { test } from "node:test";
import { EVERY_WAY, expectTools, openTools } from "./opened-tools.js";

const HOST = "docker";
const [JSON_MAP] = EVERY_WAY.slice(-1);

for (const [name, options] of EVERY_WAY.slice(0, -1))
	test(`${name}: of rows that were there at the start the last written leads`, async (t) => {
		const opened = await openTools(t, {
			...options,
			async before({ put }) {
				await put("old", "t", HOST, 1);
				await put("older", "t", "Docker.", 1);
				await put("other", "t", HOST, 2);
				await put("old", "t", HOST, 1);
			},
		});
		await expectTools(opened, {
			"older/t": "ended",
			"old/t": "docker:1",
			"other/t": "docker:2",
		});
	});

test("JSON: rows with one address that were there at the start are contested", async (t) => {
	const opened = await openTools(t, {
		...JSON_MAP?.[1],
		async before({ put }) {
			await put("a", "t", HOST, 1);
			await put("b", "t", HOST, 1);
			await put("other", "t", HOST, 2);
		},
	});
	await expectTools(opened, {
		"a/t": "contested",
		"b/t": "contested",
		"other/t": "docker:2",
	});
	await opened.galaxy.put("c", "t", HOST, 1);
	await expectTools(opened, {
		"a/t": "ended",
		"b/t": "ended",
		"c/t": "docker:1",
	});
});

for (const [name, options] of EVERY_WAY)
	test(`${name}: an ended row stays ended until it is written again`, async (t) => {
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("a", "t", HOST, 1),
		});
		const { put, remove } = opened.galaxy;
		await opened.noticed(() => put("b", "t", HOST, 1));
		await expectTools(opened, { "a/t": "ended", "b/t": "docker:1" });
		await opened.noticed(() => remove("b"));
		await expectTools(opened, { "a/t": "ended", "b/t": "unknown" });
		await opened.noticed(() => remove("a"));
		await opened.noticed(() => put("a", "t", HOST, 1));
		await expectTools(opened, { "a/t": "docker:1" });
	});

for (const [name, options] of EVERY_WAY)
	test(`${name}: a replaced token takes over its own address`, async (t) => {
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("a", "old", HOST, 1),
		});
		await opened.noticed(() => opened.galaxy.put("a", "new", HOST, 1));
		await expectTools(opened, { "a/old": "unknown", "a/new": "docker:1" });
	});
