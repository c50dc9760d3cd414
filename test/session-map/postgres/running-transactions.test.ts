import assert from "node:assert/strict";
import { test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { LOOK } from "../../../src/session-map/postgres/statements.js";
import { nextXid } from "../../../src/session-map/postgres/transactions.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const ORIGIN = { source: "flag", name: "--sessions" } as const;

test("a user who may only read sees transactions of others that run, and their savepoints", {
	skip: noPostgres(),
}, async (t) => {
	const server = await startPostgres(t);
	await server.query(
		"CREATE TABLE gxitproxy (key text)",
		"CREATE ROLE reader LOGIN",
		"GRANT SELECT ON gxitproxy TO reader",
	);
	const writer = await server.connect();
	await writer.query("BEGIN; SAVEPOINT one");
	const { rows } = await writer.query(
		"INSERT INTO gxitproxy VALUES ('k') RETURNING xmin::text::int",
	);
	const reader = await connectOnce(
		readDatabase(server.url({}, "reader"), {}, ORIGIN),
	);
	const look = await reader.query({ text: LOOK.text, rowMode: "array" });
	const [, end, running] = look.rows[0] ?? [];
	const begun: number[] = JSON.parse(running ?? "[]").map(Number);
	assert.equal(nextXid(Number(end), begun), rows[0].xmin + 1);
	await Promise.all([reader.end(), writer.end()]);
});
