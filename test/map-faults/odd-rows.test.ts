import assert from "node:assert/strict";
import { test } from "node:test";
import { as, connect, request } from "../support/client.js";
import { endSetup, startSetup } from "./setup.js";
import { report } from "./withstand.js";

const COLUMNS = "INSERT INTO gxproxy2 (key, host, port) VALUES";

test("rows without a usable target are answered and do not affect the others", async (t) => {
	const setup = await startSetup(t);
	const { c, client, galaxy, daemon } = setup;
	const rows: [key: string, host: string, port: string | number][] = [
		["'blank'", "'127.0.0.1 '", c.port],
		["'inner'", "'127.0.0.1 evil'", c.port],
		["'crlf'", "'127.0.0.1' || char(13) || char(10) || 'X: y'", c.port],
		["'user'", "'user@127.0.0.1'", c.port],
		["'nul'", "'127.0.0.1' || char(0) || '.evil'", c.port],
		["'badtext'", "CAST(x'31ff' AS TEXT)", c.port],
		["'blobhost'", "CAST('127.0.0.1' AS BLOB)", c.port],
		["'nohost'", "NULL", c.port],
		["'noport'", "'127.0.0.1'", "NULL"],
		["'suffix'", "'127.0.0.1'", `'${c.port}x'`],
		["'blankport'", "'127.0.0.1'", "'80 80'"],
		["'hugeport'", "'127.0.0.1'", "9223372036854775807"],
		["'longhost'", "replace(hex(zeroblob(5000000)), '0', 'a')", c.port],
	];
	await galaxy.sql(
		...rows.map((row) => `${COLUMNS} (${row.join(", ")})`),
		`${COLUMNS} (CAST('blobkey' AS BLOB), '127.0.0.1', ${c.port})`,
		`${COLUMNS} (replace(hex(zeroblob(5000000)), '0', 'b'), '127.0.0.1', ${c.port})`,
		`${COLUMNS} (NULL, '127.0.0.1', ${c.port}), (NULL, '127.0.0.1', ${c.port})`,
		`${COLUMNS} ('astext', '127.0.0.1', '${c.port}')`,
		`${COLUMNS} ('bracketed', '[::ffff:127.0.0.1]', ${c.port})`,
		`${COLUMNS} ('bare', '::ffff:127.0.0.1', ${c.port})`,
	);
	const asking = await connect(t, daemon.port);
	const ask = async (key: string) => {
		const asked = asking.send(as(key, request("GET /")));
		const { status, text } = await asked.response();
		return status === 200 ? text : status;
	};
	for (const [key] of rows) {
		const name = key.replaceAll("'", "");
		assert.equal(await ask(name), 503, name);
	}
	for (const key of ["blobkey", "b".repeat(1024)])
		assert.equal(await ask(key), 403);
	for (const key of ["astext", "bracketed", "bare"])
		assert.equal(await ask(key), "C", key);
	report(t, setup, "SQLite, odd rows", `${client.tally()} | 0`);
	await endSetup(setup, ["readable"]);
});
