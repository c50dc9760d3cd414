import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite } from "./site.js";

/** Columns as Galaxy makes them, as its training has them made by hand, and as others may. */
const COLUMNS = [
	"key varchar(16), key_type text, token varchar(32), host text, port integer, info text",
	"key text, key_type text, token text, host text, port integer, info text",
	"key text, key_type text, token text, host text, port text, info text",
	"info jsonb, port bigint, host varchar(255), token text, key_type text, key char(20)",
	"key varchar(16), key_type text, token varchar(32), host text, port integer, info text, added timestamp DEFAULT now()",
	"key varchar(16), key_type text, token varchar(32), host text, port integer, info text, place integer, digest text, found json",
];

test("a table that is made anew with columns of other types is served", {
	skip: noPostgres(),
}, async (t) => {
	const { map, server, status, put, container } = await startSite(t);
	assert.equal(await status("k"), 200);
	for (const columns of COLUMNS) {
		const values = `('k', 'interactivetoolentrypoint', 't0ken0f4t00l', '127.0.0.1', '${container.port}')`;
		await server.query(
			"DROP TABLE gxitproxy",
			`CREATE TABLE gxitproxy (${columns}, PRIMARY KEY (key, key_type))`,
			"ALTER TABLE gxitproxy OWNER TO galaxy",
			`INSERT INTO gxitproxy (key, key_type, token, host, port) VALUES ${values}`,
		);
		for (let n = 0; n < 3; n++) assert.equal(await status("k"), 200, columns);
		assert.equal(await status("other"), 404, columns);
	}
	await map.sql("ALTER TABLE gxitproxy ALTER COLUMN port TYPE bigint");
	assert.equal(await status("k"), 200);
	await put("k");
	assert.equal(await status("k"), 200);
});
