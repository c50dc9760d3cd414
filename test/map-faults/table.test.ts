import { describe, test } from "node:test";
import { type Setup, startSetup } from "./setup.js";
import { finish, withstand } from "./withstand.js";

/** Makes a gxproxy2 with its rows in one commit. */
function makeTable({ galaxy, a, c }: Setup): Promise<void> {
	return galaxy.sql(
		"BEGIN",
		"CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)",
		`INSERT INTO gxproxy2 (key, host, port) VALUES ('abc', '${a.host}', ${a.port}), ` +
			`('moves', '${c.host}', ${c.port}), ('comes', '${c.host}', ${c.port})`,
		"COMMIT",
	);
}

describe("the table", { concurrency: 3 }, () => {
	test("is dropped and made again", async (t) => {
		await withstand(t, {
			name: "SQLite, table dropped and made again",
			damage: ({ galaxy }) => galaxy.sql("DROP TABLE gxproxy2"),
			repair: makeTable,
		});
	});

	test("lacks a column", async (t) => {
		await withstand(t, {
			name: "SQLite, column missing",
			damage: ({ galaxy }) =>
				galaxy.sql("ALTER TABLE gxproxy2 RENAME COLUMN port TO gone"),
			async repair({ galaxy, writeNewRows }) {
				await galaxy.sql("ALTER TABLE gxproxy2 RENAME COLUMN gone TO port");
				await writeNewRows();
			},
		});
	});

	test("has an additional column", async (t) => {
		const setup = await startSetup(t);
		const { client, galaxy } = setup;
		await galaxy.sql("ALTER TABLE gxproxy2 ADD COLUMN more text DEFAULT 'x'");
		await client.answers("abc", 5);
		await finish(t, setup, { name: "SQLite, column added" });
	});

	test("gxproxy of older Galaxies appears next to gxproxy2 and is ignored", async (t) => {
		const setup = await startSetup(t);
		const { c, client, galaxy } = setup;
		const address = `${c.host}:${c.port}`;
		await galaxy.sql(
			"BEGIN",
			"CREATE TABLE gxproxy (key text PRIMARY_KEY, secret text)",
			`INSERT INTO gxproxy VALUES ('${address}', 'abc'), ('${address}', 'moves'), ('${address}', 'comes')`,
			"COMMIT",
		);
		for (const session of ["abc", "moves", "comes"])
			await client.answers(session, 5);
		await finish(t, setup, { name: "SQLite, gxproxy next to gxproxy2" });
	});

	test("gxproxy2 appears next to gxproxy and replaces it", async (t) => {
		const setup = await startSetup(t, { era: "gxproxy" });
		await finish(t, setup, {
			name: "SQLite, gxproxy2 next to gxproxy",
			repair: makeTable,
		});
	});
});
