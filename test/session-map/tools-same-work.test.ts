import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenTable } from "../../src/session-map/row.js";
import { Database } from "../../src/session-map/sqlite-file.js";
import { GXITPROXY } from "../../src/session-map/tool-row.js";
import { startToolMap } from "../support/tools.js";
import { drivers } from "./drivers.js";

/** What one look-up asks of the database: each statement, and the columns of each row that it returned. */
type Work = readonly (readonly [sql: string, rows: readonly string[]])[];

/** Finds the session, and records the work. */
function workOf(database: Database, session: string): Work {
	const work: [string, string[]][] = [];
	const recording = {
		statement(sql: string) {
			const statement = database.statement(sql);
			return {
				all(...values: string[]) {
					const rows = statement.all(...values);
					work.push([sql, rows.map((row) => typesIn(row))]);
					return rows;
				},
			};
		},
	};
	const columns = GXITPROXY.columnsIn(database);
	const table = { database: recording, columns } as unknown as OpenTable;
	assert.deepEqual(GXITPROXY.find(session, table), []);
	return work;
}

function typesIn(row: object): string {
	return Object.entries(row)
		.filter(([name]) => name !== "found" && name !== "own")
		.map(([name, value]) => `${name} ${typeof value}`)
		.join();
}

for (const driver of drivers)
	test(`an unknown key and a wrong token take the same statements, rows and columns: ${driver.name}`, async (t) => {
		const galaxy = startToolMap(t);
		for (const key of ["k1", "k2", "k3"])
			await galaxy.put(key, `token0f${key}`, "127.0.0.1", 32768);
		const database = new Database(driver, galaxy.path);
		t.after(() => database.close());
		const wrong = workOf(database, "k2/token0fk9");
		assert.equal(wrong.length, 1);
		assert.equal(wrong[0]?.[1].length, 1);
		for (const key of ["k0", "k22", "zz", "", "k2k"])
			assert.deepEqual(workOf(database, `${key}/token0fk9`), wrong, key);
	});
