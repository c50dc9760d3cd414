import assert from "node:assert/strict";
import { copyFileSync, renameSync } from "node:fs";
import { test } from "node:test";
import { loadDriver } from "../../src/session-map/sqlite-driver.js";
import { Random } from "../fuzz/random.js";
import { found, openMap } from "./opened-map.js";
import { OwnerModel } from "./owner-model.js";

/** Changes of each map; more by OWNER_CHANGES=5000 npm test -- owners-random. */
const CHANGES = Number(process.env.OWNER_CHANGES ?? 150);
const HOSTS = ["localhost", "127.0.0.1", "docker", "Docker."];
/** More than the daemon rereads after each change. */
const MANY = 1200;

/** A small map is read completely after each change, of a large one only the latest rows. */
for (const rows of [0, MANY])
	test(`after any change of a map of ${rows} rows and more its owners are those of a plain full read`, async (t) => {
		const seed = Number(process.env.OWNER_SEED ?? Date.now() % 1e9);
		t.diagnostic(`OWNER_SEED=${seed}`);
		const random = new Random(seed);
		let serial = 0;
		let ended = 0;
		const opened = await openMap(t, {
			before: async ({ sql, put }) => {
				await put("first", "docker", 1);
				for (let at = 0; at < rows; at += 100)
					await sql(
						insertOf(
							Array.from({ length: 100 }, (_, n) => rowOf(`old${at + n}`)),
						),
					);
			},
		});
		const { galaxy, map } = opened;
		const { path, sql } = galaxy;
		const driver = await loadDriver();
		const model = new OwnerModel();
		function rowOf(key: string, port = 1 + random.below(15)): string {
			const ids = random.pick([
				`["c${serial++}"]`,
				'["again"]',
				'["again", "and"]',
				"[]",
			]);
			return `('${key}', '${random.pick(HOSTS)}', ${random.chance(0.1) ? -8888 : port}, '${ids}', NULL)`;
		}
		function insertOf(values: readonly string[]): string {
			return `INSERT INTO gxproxy2 VALUES ${values.join()}`;
		}
		function put(key: string): string[] {
			return [
				"BEGIN",
				`DELETE FROM gxproxy2 WHERE key='${key}'`,
				insertOf([rowOf(key)]),
				"COMMIT",
			];
		}
		const anyKey = () => random.pick(model.keys) ?? "nobody";
		const newKey = () => `new${serial++}`;
		const LATEST = "(SELECT max(rowid) FROM gxproxy2)";
		const CHANGE: Record<string, () => string[]> = {
			insert: () => put(newKey()),
			"insert once more": () => put(newKey()),
			replace: () => put(anyKey()),
			"replace the latest": () => put(model.keys.at(-1) ?? newKey()),
			fill: () => [
				`UPDATE gxproxy2 SET host='docker', port=${1 + random.below(15)} WHERE rowid IN (SELECT rowid FROM gxproxy2 WHERE port < 0 ORDER BY random() LIMIT 1)`,
			],
			// Removals further back are noticed by the next scan.
			remove: () => [
				`DELETE FROM gxproxy2 WHERE rowid = ${LATEST} - ${random.below(400)}`,
			],
			"use rowids again": () => [
				"BEGIN",
				`DELETE FROM gxproxy2 WHERE rowid > ${LATEST} - ${1 + random.below(3)}`,
				...[newKey(), newKey()].map((key) => insertOf([rowOf(key)])),
				"COMMIT",
			],
			vacuum: () => ["VACUUM"],
		};

		const connection = () => driver.open(path);
		const compare = async (what: string, keepsRowids: boolean) => {
			const reading = connection();
			model.read(reading, keepsRowids);
			reading.close();
			ended += model.count;
			await found(opened, "nobody");
			// Until a scan has read the complete map, rows of sessions without requests may end unnoticed.
			while (!keepsRowids && map.counts().ended !== model.count)
				await opened.nextChange();
			const latest = model.keys.slice(-60);
			const keys = [...latest, ...Array.from({ length: 60 }, anyKey), "nobody"];
			for (const key of keys)
				assert.equal(
					await found(opened, key),
					model.routeOf(key),
					`${key} after ${what}`,
				);
		};
		await compare("the start", false);
		for (let change = 0; change < CHANGES; change++) {
			const what = random.pick(Object.keys(CHANGE));
			const statements = (CHANGE[what] as () => string[])();
			if (random.chance(0.05)) {
				const copy = `${path}.copy`;
				copyFileSync(path, copy);
				const writing = driver.open(copy, "write");
				for (const statement of statements) writing.prepare(statement).run();
				writing.close();
				renameSync(copy, path);
				await compare(
					`a file moved into place, with: ${statements.join("; ")}`,
					false,
				);
			} else {
				await sql(...statements);
				await compare(`${change}: ${statements.join("; ")}`, what !== "vacuum");
			}
		}
		assert.ok(ended > 0);
		if (rows === 0) assert.equal(map.counts().ended, model.count);
	});
