import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite } from "./site.js";

/** The first row of each partition is at the same place in it. */
const PARTITIONED = [
	"ALTER TABLE gxitproxy RENAME TO former",
	"CREATE TABLE gxitproxy (LIKE former) PARTITION BY LIST (key)",
	"CREATE TABLE one PARTITION OF gxitproxy FOR VALUES IN ('k')",
	"CREATE TABLE two PARTITION OF gxitproxy DEFAULT",
	"INSERT INTO gxitproxy SELECT * FROM former",
	"GRANT ALL ON gxitproxy TO galaxy",
];

for (const index of ["SELECT", "CREATE INDEX ON gxitproxy (host, port)"])
	test(`partitions, ${index}: a row in one takes the address of a row in another`, {
		skip: noPostgres(),
	}, async (t) => {
		const { share, status } = await startSite(t, {
			before: [...PARTITIONED, index],
		});
		await share("new");
		assert.equal(await status("new"), 200);
		assert.equal(await status("k"), 502);
	});
