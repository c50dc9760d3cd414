import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../support/folders.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { runCli } from "./run-cli.js";

const script = join(repository, "bin", "gx-it-proxy-create-db.js");
const skip = noPostgres();

const COLUMNS = `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS needed FROM pg_attribute
	WHERE attrelid = 'gxitproxy'::regclass AND attnum > 0 ORDER BY attnum`;

/** As SQLAlchemy makes it for Galaxy 24.2 and later. */
const GALAXYS = [
	{ name: "key", type: "character varying(16)", needed: true },
	{ name: "key_type", type: "text", needed: true },
	{ name: "token", type: "character varying(32)", needed: false },
	{ name: "host", type: "text", needed: false },
	{ name: "port", type: "integer", needed: false },
	{ name: "info", type: "text", needed: false },
];

test("it makes Galaxy's table in a database, and leaves an existing one alone", {
	skip,
}, async (t) => {
	const server = await startPostgres(t, { password: "s3cr3t" });
	const args = ["--sessions", server.url(), "--verbose"];
	const made = await runCli(args, { script });
	assert.deepEqual([made.code, made.stderr], [0, ""]);
	assert.match(made.stdout, /gxitproxy: the table is made/);
	assert.doesNotMatch(made.stdout, /s3cr3t/);
	assert.deepEqual(await server.query(COLUMNS), GALAXYS);
	const key = await server.query(
		"SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint WHERE conrelid = 'gxitproxy'::regclass",
	);
	assert.deepEqual(key, [{ key: "PRIMARY KEY (key, key_type)" }]);
	const again = await runCli(args, { script });
	assert.match(again.stdout, /the table exists/);
});

test("a role without the right to make a table learns which GRANT it needs", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	await server.query("CREATE ROLE reader LOGIN");
	const args = ["--sessions", server.url({}, "reader")];
	const { code, stderr } = await runCli(args, { script });
	assert.equal(code, 1);
	assert.match(
		stderr,
		/^gx-it-proxy-create-db: the role "reader" may not make/,
	);
	assert.match(stderr, /GRANT CREATE ON SCHEMA public TO "reader"/);
});
