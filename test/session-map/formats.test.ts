import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Era } from "../support/session-map.js";
import { expectFound, found, openMap } from "./opened-map.js";

const FORMATS: [file: string, era: Era][] = [
	["map.sqlite", "gxproxy2"],
	["map.sqlite", "gxproxy"],
	["map.json", "v2"],
	["map.json", "v1"],
	["a map without an ending", "v2"],
];

for (const [file, era] of FORMATS)
	for (const polled of [false, true]) {
		const means = polled ? ", polled," : "";
		test(`${era} in "${file}"${means} is read`, async (t) => {
			const opened = await openMap(t, {
				file,
				era,
				polled,
				before: async (galaxy) => {
					await galaxy.put("old", "10.0.0.1", 81);
					await galaxy.put("old", "10.0.0.2", 82);
					await galaxy.put("other", "localhost", "32768");
					await galaxy.put("sentinel", "", -8888);
				},
			});
			await opened.untilReadable(true);
			await expectFound(opened, {
				old: "10.0.0.2:82",
				other: "localhost:32768",
				sentinel: "not-ready",
			});
			for (const key of ["unknown", "__proto__", "10.0.0.2:82", "constructor"])
				assert.equal(await found(opened, key), "unknown", key);
		});
	}

async function withBothTables(t: TestContext) {
	const opened = await openMap(t, { era: "gxproxy" });
	await opened.galaxy.put("session", "10.0.0.1", 81);
	await opened.untilReadable(true);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	await opened.galaxy.sql(
		"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer)",
		"INSERT INTO gxproxy2 VALUES ('session', '10.0.0.2', 82)",
	);
	return opened;
}

test("after gxproxy2 was dropped, gxproxy is not read again", async (t) => {
	const opened = await withBothTables(t);
	assert.equal(await found(opened, "session"), "10.0.0.2:82");
	await opened.galaxy.sql("DROP TABLE gxproxy2");
	assert.equal(await found(opened, "session"), "10.0.0.2:82");
	assert.match((await opened.untilReadable(false)).reason, /gxproxy2/);
});

test("NULL, empty and null keys belong to nobody", async (t) => {
	const opened = await openMap(t, {
		before: async (galaxy) => {
			for (const key of [null, "", "null"])
				await galaxy.put(key as string, "10.0.0.1", 80);
			await galaxy.put("k".repeat(1025), "10.0.0.1", 80);
			await galaxy.put("k".repeat(1024), "10.0.0.1", 80);
		},
	});
	for (const key of ["", "null", "k".repeat(1025)])
		assert.equal(await found(opened, key), "unknown");
	assert.equal(await found(opened, "k".repeat(1024)), "10.0.0.1:80");
});
