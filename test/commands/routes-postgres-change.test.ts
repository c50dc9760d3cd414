import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { RunningRoutes, routes } from "./routes.js";

const skip = noPostgres();
const ROWS =
	"SELECT key, key_type, token, host, port, info FROM gxitproxy ORDER BY key";
const TYPE = "interactivetoolentrypoint";

test("add makes the table that is missing, and replaces the row in one transaction, as Galaxy does", {
	skip,
}, async (t) => {
	const server = await startPostgres(t, { conf: ["log_statement = all"] });
	const added = await routes(server.url(), ["add", "k1", "10.0.0.1:80"]);
	assert.deepEqual([added.code, added.stderr], [0, ""]);
	const [, token] = /^k1 leads to 10\.0\.0\.1:80\n\/k1\/([a-z0-9]+)\/\n$/.exec(
		added.stdout,
	) as RegExpExecArray;
	const row = { key: "k1", key_type: TYPE, token, host: "10.0.0.1", port: 80 };
	assert.deepEqual(await server.query(ROWS), [{ ...row, info: null }]);

	const words = ["add", "-", "10.0.0.2:81"];
	const again = await routes(server.url(), words, { input: "k1/t0k3n\n" });
	assert.deepEqual([again.code, again.stderr], [0, ""]);
	assert.deepEqual(await server.query(ROWS), [
		{ ...row, token: "t0k3n", host: "10.0.0.2", port: 81, info: null },
	]);
	const last = server.log.slice(server.log.lastIndexOf("BEGIN"));
	assert.match(last, /DELETE FROM gxitproxy[\s\S]*INSERT INTO[\s\S]*COMMIT/);
	assert.doesNotMatch(last, /CREATE TABLE/);
});

test("remove deletes the row of a tool, and no row of another key type", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k1", "t1", "10.0.0.1", 80);
	await map.put("k1", "t2", "10.0.0.1", 81, null, "other");
	const removed = await routes(map, ["remove", "k1"]);
	assert.deepEqual([removed.code, removed.stdout], [0, "k1 is removed\n"]);
	const left = await server.query(ROWS);
	assert.deepEqual(
		left.map(({ key_type }) => key_type),
		["other"],
	);
	const again = await routes(map, ["remove", "k1"]);
	assert.equal(again.code, 1);
	assert.match(again.stderr, /has no session k1/);
});

test("a change that the server refuses is a sentence that names the role, the right and the remedy", {
	skip,
}, async (t) => {
	const server = await startPostgres(t, { password: "pa55w0rd" });
	const url = server.url();
	const add = ["add", "k1", "10.0.0.1:80"];
	await server.query(
		"CREATE ROLE reader LOGIN PASSWORD 'pa55w0rd'",
		"GRANT CONNECT ON DATABASE gxitproxy TO reader",
	);
	const reader = server.url({}, "reader");
	const readOnly = `${url}?options=-cdefault_transaction_read_only%3Don`;
	const says = async (at: string, words: string[], expected: RegExp) => {
		const { code, stdout, stderr } = await routes(at, words);
		assert.deepEqual([code, stdout], [1, ""], stderr);
		assert.match(stderr, expected);
		assert.doesNotMatch(stderr, /pa55w0rd/);
	};
	await says(url, ["remove", "k1"], /no table gxitproxy yet/);
	await says(reader, add, /"reader" may not make a table .*GRANT CREATE ON/);
	await routes(url, add);
	await says(reader, add, /"reader" may not write .*GRANT SELECT, INSERT/);
	await says(readOnly, add, /read-only/);
	const long = ["add", "k2345678901234567", "10.0.0.1:80"];
	await says(url, long, /longer than a column/);
});

test("a change waits for a lock on the table, says so, and ends by a signal without a change", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k1", "t1", "10.0.0.1", 80);
	await map.lock();
	const removing = new RunningRoutes(t, map, ["remove", "k1"]);
	await removing.says(/waiting for another program that has locked the table/);
	removing.child.kill("SIGINT");
	assert.equal(await removing.code(), 1);
	assert.match(removing.said, /ended by SIGINT: nothing was changed/);

	const second = new RunningRoutes(t, map, ["remove", "k1"]);
	await second.says(/waiting for another program/);
	await map.unlock();
	assert.equal(await second.code(), 0);
	assert.deepEqual(await server.query(ROWS), []);
});
