import assert from "node:assert/strict";
import { test } from "node:test";
import { MANY_ROWS, noPostgres, startSite } from "./site.js";

const UNSCANNED =
	/is still served: make the index with .* install-trigger, and let .* two connections/;
const UNCOUNTED = /counts .* are out of date: let .* two connections/;

const TABLES: Record<string, { statements: string[]; said: RegExp }> = {
	"without the index": { statements: [], said: UNSCANNED },
	"with the index": {
		statements: ["CREATE INDEX ON gxitproxy (host, port)"],
		said: UNCOUNTED,
	},
	// A partitioned table itself has no bytes.
	"in partitions of partitions": {
		statements: [
			"ALTER TABLE gxitproxy RENAME TO former",
			"CREATE TABLE gxitproxy (LIKE former) PARTITION BY LIST (key)",
			"CREATE TABLE one PARTITION OF gxitproxy FOR VALUES IN ('k')",
			"CREATE TABLE two PARTITION OF gxitproxy DEFAULT PARTITION BY HASH (key)",
			"CREATE TABLE three PARTITION OF two FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
			"INSERT INTO gxitproxy SELECT * FROM former",
		],
		said: UNSCANNED,
	},
};

for (const [name, { statements, said }] of Object.entries(TABLES))
	test(`a large table ${name} whose user may have one connection only: served, and the log names the limit`, {
		skip: noPostgres(),
	}, async (t) => {
		const { status, watched } = await startSite(t, {
			before: [
				MANY_ROWS,
				...statements,
				"CREATE ROLE limited LOGIN CONNECTION LIMIT 1",
				"GRANT SELECT ON gxitproxy TO limited",
			],
			url: (server) =>
				Object.assign(new URL(server.url()), { username: "limited" }).href,
		});
		assert.equal(await status("k"), 200);
		const { msg, reason } = await watched.daemon.logged(({ msg = "" }) =>
			/^the session map is so large that a second/.test(msg),
		);
		assert.match(String(msg), said);
		assert.match(String(reason), /CONNECTION LIMIT/);
	});
