import { describe, test } from "node:test";
import { makeTable, startSetup } from "./setup.js";
import { finish } from "./withstand.js";

describe("the table", { concurrency: 3 }, () => {
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
