import assert from "node:assert/strict";
import { readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { drivers } from "./drivers.js";
import { expectFound, found, type OpenOptions, openMap } from "./opened-map.js";

const CASES: [name: string, options: OpenOptions][] = [
	["gxproxy", { era: "gxproxy" }],
	["JSON", { file: "map.json" }],
	["a polled gxproxy2", { polled: true }],
];
for (const driver of drivers) CASES.push([driver.name, { driver }]);

/** Descriptors of this process that lead into the folder. */
function descriptorsIn(folder: string): string[] {
	const fds = "/proc/self/fd";
	return readdirSync(fds).flatMap((fd) => {
		try {
			const to = readlinkSync(`${fds}/${fd}`);
			return to.startsWith(folder) ? [to] : [];
		} catch {
			// The one by which this folder is listed.
			return [];
		}
	});
}

for (const [name, options] of CASES)
	test(`after close nothing is left open, ${name}`, {
		skip: process.platform !== "linux",
	}, async (t) => {
		const opened = await openMap(t, options);
		const { path } = opened.galaxy;
		const folder = path.slice(0, path.lastIndexOf("/"));
		await opened.galaxy.put("session", "10.0.0.1", 1);
		await opened.untilReadable(true);
		for (let round = 1; round <= 5; round++) {
			rmSync(path, { force: true });
			await opened.galaxy.put("session", "10.0.0.1", round);
			// A polled map is behind, so any of the five may be found.
			assert.match(await found(opened, "session"), /^10\.0\.0\.1:\d$/);
		}
		assert.ok(
			descriptorsIn(folder).length <= 4,
			"one file, in two threads at most",
		);
		await opened.map.close();
		assert.deepEqual(descriptorsIn(folder), []);
	});

test("a file that was replaced stays open until its successor was read", {
	skip: process.platform !== "linux",
}, async (t) => {
	const opened = await openMap(t);
	const { path } = opened.galaxy;
	const folder = path.slice(0, path.lastIndexOf("/"));
	const replaced = () =>
		descriptorsIn(folder).filter((name) => name.endsWith(" (deleted)"));
	await opened.galaxy.put("session", "10.0.0.1", 80);
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	rmSync(path);
	writeFileSync(path, "garbage");
	assert.equal(await found(opened, "session"), "10.0.0.1:80");
	assert.notDeepEqual(replaced(), []);
	rmSync(path);
	await opened.galaxy.put("session", "10.0.0.1", 81);
	assert.equal(await found(opened, "session"), "10.0.0.1:81");
	assert.deepEqual(replaced(), []);
});

test("close answers waiting finds, and later ones", async (t) => {
	const opened = await openMap(t);
	await opened.galaxy.put("seen", "10.0.0.1", 80);
	assert.equal(await found(opened, "seen"), "10.0.0.1:80");
	await opened.galaxy.lock();
	const held = ["seen", "unseen"].map((key) => found(opened, key));
	await opened.map.close();
	assert.deepEqual(await Promise.all(held), ["10.0.0.1:80", "unreadable"]);
	await expectFound(opened, { seen: "10.0.0.1:80", unseen: "unreadable" });
});
