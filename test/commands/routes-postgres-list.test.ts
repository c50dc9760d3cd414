import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { startAnswering } from "../support/container.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { listed, routes } from "./routes.js";

const skip = noPostgres();
const TOKEN = "s3cr3tt0k3n";
const HOST = "10.0.0.1";

const session = (key: string) => `${key}/${TOKEN}`;
const label = (key: string) => sessionLabel(session(key));

test("tools in a database are listed by their keys, with the table's size, and without tokens or the password", {
	skip,
}, async (t) => {
	const server = await startPostgres(t, { password: "pa55w0rd" });
	const map = startDatabaseMap(t, server.url());
	const needs = { requires_path_in_url: true };
	await map.put("bad", TOKEN, "10.0.0.3", 82, "{");
	await map.put("k8s", TOKEN, "manual", 83);
	await map.put("late", TOKEN, null, null);
	await map.put("link", TOKEN, "169.254.169.254", 80);
	await map.put("none", null, "10.0.0.4", 84);
	await map.put("url", TOKEN, "10.0.0.2", 81, needs);
	const { code, stdout, stderr } = await routes(map);
	assert.deepEqual([code, stderr], [0, ""]);
	assert.doesNotMatch(stdout, new RegExp(`${TOKEN}|pa55w0rd`));
	const [, ...lines] = stdout.trimEnd().split("\n");
	assert.deepEqual(
		lines.slice(0, 6).map((line) => line.split(/ {2,}/)),
		[
			["bad", label("bad"), "not ready", "-", "-", "(its info cannot be read)"],
			["k8s", label("k8s"), "elsewhere", "-", "-"],
			["late", label("late"), "not ready", "-", "-"],
			[
				...["link", label("link"), "refused", "169.254.169.254:80", "-"],
				"(no container may be there: add the address to --allow-target if one is)",
			],
			["none", sessionLabel("none/"), "no token", "-", "-"],
			["url", label("url"), "ready", "10.0.0.2:81", "path in URL"],
		],
	);
	assert.match(
		lines.slice(6).join("\n"),
		/^\n6 rows, \d+ kB with indexes: 0 ended, 0 contested$/,
	);
});

test("of rows with one address the one written last is ready, until Galaxy writes another one again", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	const target = `${HOST}:32768`;
	await map.put("zoe", TOKEN, HOST, 32768);
	await map.put("anna", TOKEN, HOST, 32768);
	const ended = (by: string) => ({
		state: "ended",
		target,
		reason: `session ${label(by)} has its address now`,
	});
	const states = async (flags: string[] = []) => {
		const found = await listed(map, [session("zoe"), session("anna")], flags);
		const without = Object.entries(found).map(([name, entry]) => {
			const { key, ...rest } = entry as { key: string };
			return [name.split("/", 1)[0], rest];
		});
		return Object.fromEntries(without);
	};
	const ready = { state: "ready", target };
	assert.deepEqual(await states(), { zoe: ended("anna"), anna: ready });
	await map.put("zoe", TOKEN, HOST, 32768);
	assert.deepEqual(await states(), { zoe: ready, anna: ended("zoe") });
	const any = ["--same-address", "any"];
	assert.deepEqual(await states(any), { zoe: ready, anna: ready });
	// A dump that is restored writes all rows in one transaction.
	await server.query("UPDATE gxitproxy SET info = NULL");
	assert.deepEqual(await states(), {
		zoe: {
			state: "contested",
			target,
			reason: `the same address as ${label("anna")}`,
		},
		anna: {
			state: "contested",
			target,
			reason: `the same address as ${label("zoe")}`,
		},
	});
});

test("rows that were committed within seconds are companions, where the server keeps the times", {
	skip,
}, async (t) => {
	const server = await startPostgres(t, {
		conf: ["track_commit_timestamp = on"],
	});
	const map = startDatabaseMap(t, server.url());
	await map.put("one", TOKEN, HOST, 32768);
	await map.put("two", TOKEN, HOST, 32768);
	const { stdout } = await routes(map);
	assert.match(stdout, /^one .* ready /m);
	assert.match(stdout, /^two .* ready /m);
	assert.match(stdout, /: 0 ended, 0 contested$/m);
});

test("with --connect a target that accepts no connection is closed", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	const { port } = await startAnswering(t);
	await map.put("open", TOKEN, "127.0.0.1", port);
	await map.put("shut", TOKEN, "127.0.0.1", 1025);
	const { stdout } = await routes(map, ["--connect"]);
	assert.match(stdout, /^open .* ready /m);
	assert.match(stdout, /^shut .* closed .*\(it refuses connections\)$/m);
	assert.match(stdout, /: 0 ended, 0 contested, 1 closed$/m);
});

test("a table of more than one page is listed completely, each row once", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("first", TOKEN, HOST, 1024);
	await map.sql(
		`INSERT INTO gxitproxy SELECT 'k' || i, 'interactivetoolentrypoint', 't' || i, '10.1.' || i / 200 || '.' || i % 200, 2000 + i, NULL FROM generate_series(1, 2500) AS i`,
	);
	const { stdout } = await routes(map, ["--json"]);
	const keys = stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line).key);
	assert.equal(new Set(keys).size, 2501);
	assert.equal(keys.length, 2501);
});

test("a table that an admin has made of text columns is read", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	await server.query(
		"CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port text, PRIMARY KEY (key, key_type))",
		`INSERT INTO gxitproxy VALUES ('k1', 'interactivetoolentrypoint', '${TOKEN}', '${HOST}', '80')`,
		"GRANT SELECT ON gxitproxy TO galaxy",
	);
	const { code, stdout } = await routes(server.url());
	assert.equal(code, 0);
	assert.match(stdout, /^k1 .* ready +10\.0\.0\.1:80 /m);
});

test("a database that cannot be read is one sentence with its remedy, and exit code 1", {
	skip,
}, async (t) => {
	const server = await startPostgres(t, { password: "pa55w0rd" });
	const url = server.url();
	for (const [at, says] of [
		[url, /no table gxitproxy yet: .*gx-it-proxy-create-db/],
		[url.replace("pa55w0rd", "wr0ng"), /password of the user galaxy is wrong/],
		[url.replace(/\/\w+$/, "/nowhere"), /nowhere does not exist/],
	] as const) {
		const { code, stdout, stderr } = await routes(at);
		assert.deepEqual([code, stdout], [1, ""]);
		assert.match(stderr, says);
		assert.doesNotMatch(stderr, /pa55w0rd|wr0ng/);
	}
});
