import assert from "node:assert/strict";
import { test } from "node:test";
import { readDatabase } from "../../src/config/database.js";
import { openSession } from "../../src/session-map/postgres/session.js";
import { noPgbouncer, startPgbouncer } from "../support/pgbouncer.js";
import { noPostgres, startPostgres } from "../support/postgres.js";

// The message asked to remove `options` from a URL that had none.
test("a pgbouncer in statement mode is named, with the mode that works", {
	skip: noPostgres() || noPgbouncer(),
}, async (t) => {
	const server = await startPostgres(t);
	const pooler = await startPgbouncer(t, server, { pool_mode: "statement" });
	const origin = { source: "environment", name: "URL" } as const;
	await assert.rejects(
		openSession(readDatabase(pooler.url(), {}, origin), {}),
		/statement mode.*pool_mode = transaction/,
	);
});
