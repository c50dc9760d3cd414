import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { JsonFile } from "../../src/session-map/json-file.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { change } from "./address-shared.js";
import { found, openMap } from "./opened-map.js";

const HOST = "docker";
const PLACE = `${HOST}:32768`;

// A JSON map keeps the place of a key that is written again: its order says nothing.
for (const polled of [false, true]) {
	const where = polled ? " on a network file system" : "";
	const open = (t: Parameters<typeof openMap>[0]) =>
		openMap(t, {
			file: "map.json",
			polled,
			async before(galaxy) {
				await galaxy.put("a", HOST, 32768, ["a"]);
				await galaxy.put("b", HOST, 32768, ["b"]);
				await galaxy.put("alone", HOST, 32769, ["alone"]);
			},
		});

	test(`JSON${where}: rows with one address that were all there at the first read are contested`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "a"), "contested");
		assert.equal(await found(opened, "b"), "contested");
		assert.equal(await found(opened, "alone"), `${HOST}:32769`);
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 2 });
	});

	test(`JSON${where}: where a contested row goes, the other one is served`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "a"), "contested");
		await change(opened, polled, () => opened.galaxy.remove("b"));
		assert.equal(await found(opened, "a"), PLACE);
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 0 });
	});

	test(`JSON${where}: a row that is written again leads, and the contested ones have ended`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "a"), "contested");
		await change(opened, polled, () =>
			opened.galaxy.put("a", HOST, 32768, ["again"]),
		);
		assert.equal(await found(opened, "a"), PLACE);
		assert.equal(await found(opened, "b"), "ended");
	});

	test(`JSON${where}: a row that moves away leaves the address to the other`, async (t) => {
		const opened = await open(t);
		assert.equal(await found(opened, "b"), "contested");
		await change(opened, polled, () =>
			opened.galaxy.put("b", HOST, 32770, ["again"]),
		);
		assert.equal(await found(opened, "a"), PLACE);
		assert.equal(await found(opened, "b"), `${HOST}:32770`);
	});
}

test("contested sessions are named by address, never by their keys", async (t) => {
	const galaxy = startGalaxyMap(t, `${scratchFolder(t)}/map.json`);
	await galaxy.put("a", HOST, 32768, ["a"]);
	await galaxy.put("b", HOST, 32768, ["b"]);
	await galaxy.put("c", HOST, 32769, ["c"]);
	await galaxy.put("d", HOST, 32769, ["d"]);
	const file = new JsonFile(galaxy.path);
	file.refresh();
	assert.deepEqual(file.conflicts, {
		places: "elsewhere",
		contested: [["a", "b"].map(sessionLabel), ["c", "d"].map(sessionLabel)],
	});
});
