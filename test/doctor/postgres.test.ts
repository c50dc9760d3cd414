import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import {
	noPostgres,
	type Postgres,
	type PostgresOptions,
	startPostgres,
} from "../support/postgres.js";
import { type DatabaseMap, startDatabaseMap } from "../support/postgres-map.js";
import { KEY, TOKEN, TOOL_PREFIX } from "../support/tools.js";
import { type Diagnosis, examine, expectDiagnosis } from "./examined.js";

const skip = noPostgres();

/** A map with one tool, whose container answers. */
async function startMap(t: TestContext, options: PostgresOptions = {}) {
	const server = await startPostgres(t, options);
	const map = startDatabaseMap(t, server.url());
	const { host, port } = await startAnswering(t);
	await map.put(KEY, TOKEN, host, port);
	return { server, map };
}

test("all is well with a role that may only read, and a running proxy", {
	skip,
}, async (t) => {
	const { server } = await startMap(t);
	await server.query(
		"CREATE ROLE reader LOGIN",
		"GRANT SELECT ON gxitproxy TO reader",
	);
	const url = server.url({}, "reader");
	const daemon = await startDaemon(t, {
		map: url,
		args: ["--proxyPathPrefix", TOOL_PREFIX],
	});
	const args = ["--sessions", url, "--port", String(daemon.port)];
	const { code, findings, stdout } = await examine(args);
	const ill = findings.filter(
		({ verdict }) => verdict !== "good" && verdict !== "unchecked",
	);
	assert.deepEqual(ill, []);
	assert.equal(code, 0);
	const what = (name: string) =>
		findings.find((each) => each.name === name)?.what ?? "";
	assert.match(what("map"), /PostgreSQL \d+.* at 127\.0\.0\.1:\d+ without TLS/);
	assert.match(what("map rights"), /reader may read the table, and no more/);
	assert.match(what("map trigger"), /no trigger notifies .* looks every 1 s/);
	assert.match(what("proxy map"), /the running proxy knows/);
	for (const name of ["map lock", "map age", "map file system", "map access"])
		assert.equal(what(name), "");
	assert.doesNotMatch(stdout, new RegExp(TOKEN));
});

interface Case extends Diagnosis {
	readonly make: (server: Postgres, map: DatabaseMap) => unknown;
	readonly user?: string;
}

const MANY = `INSERT INTO gxitproxy SELECT 'k' || i, 'interactivetoolentrypoint', 't', '10.1.' || i / 200 || '.' || i % 200, 80, NULL FROM generate_series(1, 20000) AS i`;

const CASES: Record<string, Case> = {
	"its database is Galaxy's own": {
		make: (server) => server.query("CREATE TABLE galaxy_user (id int)"),
		name: "map database",
		what: /galaxy_user.*refuses to start/,
		remedy: /createdb/,
	},
	"there is no table yet": {
		make: (server) => server.query("DROP TABLE gxitproxy"),
		name: "map table",
		verdict: "doubtful",
		what: /no table gxitproxy yet/,
		remedy: /gx-it-proxy-create-db/,
	},
	"the table is in a schema where nobody looks": {
		make: (server) =>
			server.query(
				"CREATE SCHEMA other AUTHORIZATION galaxy",
				"ALTER TABLE gxitproxy SET SCHEMA other",
			),
		name: "map table",
		what: /in the schema other/,
		remedy: /search_path/,
	},
	"the table lacks a column": {
		make: (server) => server.query("ALTER TABLE gxitproxy DROP COLUMN token"),
		name: "map table",
		what: /no column token/,
		remedy: /not Galaxy's/,
	},
	"the role may not read the table": {
		make: (server) => server.query("CREATE ROLE reader LOGIN"),
		user: "reader",
		name: "map rights",
		what: /reader may not read/,
		remedy: /"galaxy" run: GRANT SELECT ON gxitproxy TO "reader"/,
	},
	"an index is needed": {
		make: (server) => server.query(MANY),
		name: "map index",
		verdict: "doubtful",
		what: /more than 20000 rows and no index/,
		remedy: /install-trigger/,
	},
	"rows were written by one transaction": {
		make: (server) =>
			server.query(
				"INSERT INTO gxitproxy SELECT 'c' || i, 'interactivetoolentrypoint', 't', '10.0.0.1', 80 FROM generate_series(1, 2) AS i",
			),
		name: "rows",
		verdict: "doubtful",
		what: /^2 rows .* one transaction/,
		remedy: /routes remove/,
	},
	"the table is locked": {
		make: (_, map) => map.lock(),
		name: "rows",
		what: /cannot be read/,
		remedy: /another session has locked it/,
	},
	"its trigger is switched off": {
		make: (server) =>
			server.query(
				"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY gxitproxy; RETURN NULL; END $$",
				"CREATE TRIGGER tell AFTER INSERT ON gxitproxy EXECUTE FUNCTION f()",
				"ALTER TABLE gxitproxy DISABLE TRIGGER tell",
			),
		name: "map trigger",
		verdict: "doubtful",
		what: /trigger tell is switched off/,
		remedy: /ENABLE TRIGGER tell/,
	},
};

test("problems of a map in PostgreSQL", { skip }, async (t) => {
	for (const [name, { make, user, ...diagnosis }] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const { server, map } = await startMap(t);
			await make(server, map);
			const url = server.url({}, user);
			const examined = await examine(["--sessions", url, "--port", "1"]);
			// The port has no proxy, which is wrong in each case.
			const findings = examined.findings.filter(
				(each) => each.name === diagnosis.name,
			);
			const isWrong = findings.some(({ verdict }) => verdict === "wrong");
			expectDiagnosis(
				{ ...examined, findings, code: isWrong ? 1 : 0 },
				diagnosis,
			);
		});
});

test("ended rows are counted, with what removes them", { skip }, async (t) => {
	const { server, map } = await startMap(t);
	for (const key of ["old", "new"]) await map.put(key, "t", "10.0.0.1", 80);
	const args = ["--sessions", server.url(), "--port", "1"];
	const { findings } = await examine(args);
	const rows = findings.filter(({ name }) => name === "rows");
	assert.match(rows[0]?.what ?? "", /^3 rows, \d+ kB with indexes$/);
	assert.match(rows[1]?.what ?? "", /^1 rows? .*routes prune --ended/);
});

test("a server that is away, and a wrong password, are one finding with a remedy", {
	skip,
}, async (t) => {
	const { server } = await startMap(t, { password: "pa55w0rd" });
	const wrong = server.url().replace("pa55w0rd", "wr0ng");
	const first = await examine(["--sessions", wrong, "--port", "1"]);
	expectDiagnosis(first, {
		name: "map",
		what: /cannot be read/,
		remedy: /password of the user galaxy is wrong/,
	});
	assert.doesNotMatch(first.stdout, /wr0ng/);
	await server.stop();
	const second = await examine(["--sessions", server.url(), "--port", "1"]);
	expectDiagnosis(second, {
		name: "map",
		what: /cannot be read/,
		remedy: /nothing listens there: start the server/,
	});
	const named = second.findings.filter(({ name }) => name.startsWith("map"));
	assert.deepEqual(
		named.map(({ name }) => name),
		["map", "map password"],
	);
});
