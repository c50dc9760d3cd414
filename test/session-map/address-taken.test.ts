import assert from "node:assert/strict";
import { test } from "node:test";
import { SQLITE, WITH_IDS } from "./address-shared.js";
import { expectFound, found, openMap } from "./opened-map.js";

const HOST = "172.17.0.1";

for (const [name, options] of WITH_IDS)
	test(`${name}: the row that takes an address ends the one before it`, async (t) => {
		const opened = await openMap(t, {
			...options,
			before: (galaxy) => galaxy.put("old", HOST, 32768, ["first"]),
		});
		const { map } = opened;
		assert.equal(await found(opened, "old"), `${HOST}:32768`);
		await opened.synced.put("new", `${HOST}.`, "32768", ["second"]);
		await expectFound(opened, { old: "ended", new: `${HOST}.:32768` });
		assert.deepEqual(map.counts(), { ended: 1, contested: 0 });

		// The old session starts another environment.
		await opened.synced.put("old", HOST, 32769, ["third"]);
		await expectFound(opened, { old: `${HOST}:32769`, new: `${HOST}.:32768` });
		assert.deepEqual(map.counts(), { ended: 0, contested: 0 });

		// Its port was the new session's.
		await opened.synced.put("old", HOST, 32768, ["fourth"]);
		await expectFound(opened, { old: `${HOST}:32768`, new: "ended" });
	});

for (const [name, options] of WITH_IDS)
	test(`${name}: another port or another host takes nothing`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("a", HOST, 32768, ["a"]);
				await galaxy.put("b", HOST, 32769, ["b"]);
				await galaxy.put("c", "172.18.0.1", 32768, ["c"]);
			},
		});
		await expectFound(opened, {
			a: `${HOST}:32768`,
			b: `${HOST}:32769`,
			c: "172.18.0.1:32768",
		});
	});

for (const [name, options] of WITH_IDS)
	test(`${name}: if an address may have several owners, all rows are served`, async (t) => {
		const opened = await openMap(t, {
			...options,
			oneOwner: false,
			async before(galaxy) {
				await galaxy.put("a", "172.17.0.1", 32768, ["a"]);
				await galaxy.put("b", "172.17.0.1", 32768, ["b"]);
			},
		});
		assert.equal(await found(opened, "a"), "172.17.0.1:32768");
		await opened.synced.put("c", "172.17.0.1", 32768, ["c"]);
		for (const key of ["a", "b", "c"])
			assert.equal(await found(opened, key), "172.17.0.1:32768");
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 0 });
	});

const DOCKER = "docker";

for (const [name, options] of SQLITE)
	test(`${name}: of the rows before the start the one written last is served`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("first", DOCKER, 32768, ["a"]);
				await galaxy.put("second", DOCKER, 32768, ["b"]);
				await galaxy.put("third", DOCKER, 32768, ["c"]);
				// Galaxy deletes and inserts: the row of a session that starts again is the last one.
				await galaxy.put("second", DOCKER, 32768, ["d"]);
			},
		});
		await expectFound(opened, {
			first: "ended",
			third: "ended",
			second: `${DOCKER}:32768`,
		});
		assert.deepEqual(opened.map.counts(), { ended: 2, contested: 0 });
	});

// A visitor without a cookie: no session can ask for that row, but its container has the port.
for (const [name, options] of SQLITE)
	test(`${name}: a row without a key takes an address too`, async (t) => {
		const opened = await openMap(t, options);
		const { galaxy } = opened;
		await galaxy.put("old", "docker", 32768, ["a"]);
		assert.equal(await found(opened, "old"), "docker:32768");
		const values = `NULL, 'docker', 32768, '["b"]', NULL`;
		await opened.synced.sql(`INSERT INTO gxproxy2 VALUES (${values})`);
		await expectFound(opened, { old: "ended", null: "unknown" });
	});

// Galaxy's only UPDATE fills in a port that was allotted before the row was inserted.
for (const [name, options] of SQLITE) {
	test(`${name}: a row that is filled with the port of a later row has ended`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("swarm", "localhost", -8888, ["service1"]);
				await galaxy.put("later", "docker", 30000, ["service2"]);
			},
		});
		assert.equal(await found(opened, "swarm"), "not-ready");
		await opened.synced.update("swarm", "docker", 30000);
		await expectFound(opened, { swarm: "ended", later: "docker:30000" });
	});

	test(`${name}: a row that is filled with the port of an earlier row leads`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				await galaxy.put("earlier", "docker", 30000, ["service1"]);
				await galaxy.put("swarm", "localhost", -8888, ["service2"]);
			},
		});
		// A row that waits for its port takes no address.
		assert.equal(await found(opened, "earlier"), "docker:30000");
		await opened.synced.update("swarm", "docker", 30000);
		await expectFound(opened, { swarm: "docker:30000", earlier: "ended" });
	});
}
