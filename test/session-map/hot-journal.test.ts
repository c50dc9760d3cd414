import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { startGalaxyMap } from "../support/session-map.js";
import { drivers } from "./drivers.js";
import { found, openMap } from "./opened-map.js";

for (const driver of drivers)
	test(`a writer killed in the middle of a commit: last good answers until the next writer, ${driver.name}`, async (t) => {
		const opened = await openMap(t, { driver });
		const { path } = opened.galaxy;
		await opened.galaxy.put("seen", "10.0.0.1", 80);
		await opened.galaxy.put("unseen", "10.0.0.1", 81);
		assert.equal(await found(opened, "seen"), "10.0.0.1:80");
		await opened.galaxy.spill();
		await opened.galaxy.kill();
		assert.ok(existsSync(`${path}-journal`));

		// What the dead writer left in the file (port 1) was never committed.
		assert.equal(await found(opened, "seen"), "10.0.0.1:80");
		assert.equal(await found(opened, "unseen"), "unreadable");
		await opened.untilReadable(false);
		assert.equal(await found(opened, "seen"), "10.0.0.1:80");

		const galaxy = startGalaxyMap(t, path);
		await galaxy.put("new", "10.0.0.3", 83);
		assert.equal(await found(opened, "new"), "10.0.0.3:83");
		assert.equal(await found(opened, "seen"), "10.0.0.1:80");
		assert.equal(await found(opened, "unseen"), "10.0.0.1:81");
	});
