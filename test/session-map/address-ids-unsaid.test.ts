import assert from "node:assert/strict";
import { test } from "node:test";
import { SQLITE, WITH_IDS } from "./address-shared.js";
import { expectFound, found, openMap } from "./opened-map.js";

const HOST = "docker";
const PLACE = `${HOST}:32768`;

type Ids = readonly string[] | null;
const SERVED: [what: string, older: Ids, newer: Ids][] = [
	["equal ids", ["a"], ["a"]],
	["equal ids in another order", ["a", "b"], ["b", "a"]],
	["no ids on the older side", [], ["a"]],
	["no ids on the newer side", ["a"], []],
	["NULL on the older side", null, ["a"]],
	["NULL on the newer side", ["a"], null],
	["NULL on both sides", null, null],
];

const UNREADABLE = ["gie_1", '["gie_1"', "{}", "[1]"];

for (const [name, options] of WITH_IDS)
	test(`${name}: rows with one address and the same or no container ids are all served`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				for (const [at, [, older, newer]] of SERVED.entries()) {
					await galaxy.put(`older${at}`, HOST, 32768 + at, older);
					await galaxy.put(`newer${at}`, HOST, 32768 + at, newer);
				}
			},
		});
		await opened.untilReadable(true);
		const expectServed = async () => {
			for (const [at, [what]] of SERVED.entries())
				for (const key of [`older${at}`, `newer${at}`])
					assert.equal(await found(opened, key), `${HOST}:${32768 + at}`, what);
			assert.deepEqual(opened.map.counts(), { ended: 0, contested: 0 });
		};
		await expectServed();
		if (options.polled) return;
		// The same where the newer row comes while the map is followed.
		for (const [at, [, , newer]] of SERVED.entries()) {
			await opened.galaxy.remove(`newer${at}`);
			assert.equal(await found(opened, `newer${at}`), "unknown");
			await opened.galaxy.put(`newer${at}`, HOST, 32768 + at, newer);
		}
		await expectServed();
	});

for (const [name, options] of SQLITE)
	test(`${name}: ids that cannot be read end nothing and are not ended`, async (t) => {
		const opened = await openMap(t, {
			...options,
			async before(galaxy) {
				for (const [at, ids] of UNREADABLE.entries()) {
					for (const key of ["older", "odd", "newer"])
						await galaxy.put(`${key}${at}`, HOST, 32768 + at, ["a"]);
					await galaxy.sql(
						`UPDATE gxproxy2 SET container_ids = '${ids}' WHERE key = 'odd${at}'`,
					);
				}
			},
		});
		for (const [at, ids] of UNREADABLE.entries())
			for (const key of ["older", "odd", "newer"])
				assert.equal(
					await found(opened, `${key}${at}`),
					`${HOST}:${32768 + at}`,
					ids,
				);
	});

for (const [name, options] of SQLITE)
	test(`${name}: a table without container_ids is served as before`, async (t) => {
		const opened = await openMap(t, {
			...options,
			before: ({ sql }) =>
				sql(
					"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer)",
					`INSERT INTO gxproxy2 VALUES ('older', '${HOST}', 32768), ('newer', '${HOST}', 32768)`,
				),
		});
		await expectFound(opened, { older: PLACE, newer: PLACE });
	});
