import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import {
	noPostgres,
	type Postgres,
	startPostgres,
} from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { Changes } from "../support/wait.js";
import { RunningRoutes, routes } from "./routes.js";

const skip = noPostgres();
const INSTALL = ["install-trigger"];
const REMOVE = ["remove-trigger"];
const INDEX =
	"CREATE INDEX gxitproxy_host_port ON public.gxitproxy USING btree (host, port)";

/** What pg_dump would write for triggers, their functions and indexes. */
async function made(server: Postgres): Promise<string[]> {
	const rows = await server.query(`
		SELECT pg_get_triggerdef(oid) AS sql FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL SELECT proname FROM pg_proc WHERE proname ~ 'gxit'
		UNION ALL SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' broken' END
			FROM pg_index WHERE indrelid = 'gxitproxy'::regclass AND NOT indisprimary`);
	return rows.map(({ sql }) => String(sql));
}

async function startTable(t: TestContext) {
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k1", "t1", "10.0.0.1", 80);
	return { server, map };
}

test("the trigger notifies of each kind of change; made twice it is one, and removed it is gone", {
	skip,
}, async (t) => {
	const { server, map } = await startTable(t);
	for (const _ of ["first", "again"]) {
		const { code, stdout, stderr } = await routes(map, INSTALL);
		assert.deepEqual([code, stderr], [0, ""]);
		assert.equal(
			stdout,
			"the trigger gxitproxy_notify is there\nthe index gxitproxy_host_port is there\n",
		);
	}
	const [trigger = "", ...others] = await made(server);
	assert.match(
		trigger,
		/ gxitproxy_notify AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE .* FOR EACH STATEMENT/,
	);
	assert.deepEqual(others, ["gxitproxy_notify", INDEX]);

	const listening = await server.connect();
	let heard = 0;
	const told = new Changes();
	listening.on("notification", () => {
		heard++;
		told.notify();
	});
	await listening.query("LISTEN gxitproxy");
	for (const [index, statement] of [
		"INSERT INTO gxitproxy (key, key_type) VALUES ('k2', 'x')",
		"UPDATE gxitproxy SET port = 81",
		"DELETE FROM gxitproxy WHERE key = 'k2'",
		"TRUNCATE gxitproxy",
	].entries()) {
		await server.query(statement);
		await told.wait(
			statement,
			() => heard === index + 1 || undefined,
			() => `heard ${heard} times`,
		);
	}
	await listening.end();

	const removed = await routes(map, REMOVE);
	assert.deepEqual([removed.code, removed.stderr], [0, ""]);
	assert.deepEqual(await made(server), []);
	assert.equal((await routes(map, REMOVE)).code, 0);
});

test("--dry-run prints SQL that does the same, and changes nothing", {
	skip,
}, async (t) => {
	const { server, map } = await startTable(t);
	const dry = await routes(map, [...INSTALL, "--dry-run"]);
	assert.deepEqual([dry.code, dry.stderr], [0, ""]);
	assert.deepEqual(await made(server), []);
	const [, , index = ""] = dry.stdout.split(/(?:BEGIN|COMMIT);\n/);
	await server.query(dry.stdout.replace(index, ""), index);
	const nothing = await routes(map, [...INSTALL, "--dry-run"]);
	assert.equal(nothing.stdout, "-- nothing to do\n");
	assert.equal((await made(server)).length, 3);
	const away = await routes(map, [...REMOVE, "--dry-run"]);
	assert.match(
		away.stdout,
		/^BEGIN;\nDROP TRIGGER [\s\S]*DROP INDEX CONCURRENTLY/,
	);
	assert.equal((await made(server)).length, 3);
});

test("the trigger of gx-it-proxy's documentation stays, whatever its name", {
	skip,
}, async (t) => {
	for (const name of ["gxitproxy_notify", "theirs"]) {
		const { server, map } = await startTable(t);
		await server.query(
			`CREATE FUNCTION notify_gxitproxy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				PERFORM pg_notify('gxitproxy', 'changed'); RETURN NEW; END $$`,
			`CREATE TRIGGER ${name} AFTER INSERT OR UPDATE OR DELETE ON gxitproxy
				FOR EACH ROW EXECUTE FUNCTION notify_gxitproxy()`,
		);
		const before = await made(server);
		const { code, stdout } = await routes(map, INSTALL);
		assert.equal(code, 0);
		assert.match(stdout, new RegExp(`trigger ${name} .*stays as it is`));
		const now = await made(server);
		assert.ok(before.every((sql) => now.includes(sql)));
		assert.ok(now.includes(INDEX));
		await routes(map, REMOVE);
		assert.deepEqual(await made(server), before);
	}
});

test("an index that an interrupted attempt has left over is made again", {
	skip,
}, async (t) => {
	const { server, map } = await startTable(t);
	await routes(map, INSTALL);
	await server.query("DROP INDEX gxitproxy_host_port");
	await map.hold("UPDATE gxitproxy SET port = port");
	const installing = new RunningRoutes(t, map, INSTALL);
	await installing.says(/waiting for transactions that are open/);
	await server.query(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'",
	);
	assert.equal(await installing.code(), 1);
	await map.finish();
	assert.ok((await made(server)).includes(`${INDEX} broken`));
	assert.equal((await routes(map, INSTALL)).code, 0);
	assert.ok((await made(server)).includes(INDEX));
});

test("missing rights, a missing table and a map in a file are sentences with a remedy", {
	skip,
}, async (t) => {
	const { server, map } = await startTable(t);
	await server.query(
		"CREATE ROLE reader LOGIN",
		"GRANT SELECT ON gxitproxy TO reader",
	);
	const reader = server.url({}, "reader");
	const { code, stderr } = await routes(reader, INSTALL);
	assert.equal(code, 1);
	assert.match(stderr, /nothing was changed/);
	assert.match(stderr, /GRANT CREATE ON SCHEMA public TO "reader"/);
	assert.match(stderr, /GRANT TRIGGER ON public\.gxitproxy TO "reader"/);
	assert.match(stderr, /owner of public\.gxitproxy, "galaxy"/);
	const dry = await routes(reader, [...INSTALL, "--dry-run"]);
	assert.match(dry.stdout, /CREATE TRIGGER/);
	assert.deepEqual(await made(server), []);

	await server.query("DROP TABLE gxitproxy");
	const missing = await routes(map, INSTALL);
	assert.equal(missing.code, 1);
	assert.match(missing.stderr, /gx-it-proxy-create-db --sessions URL makes it/);

	const file = join(scratchFolder(t), "map.sqlite");
	const ofFile = await routes(file, INSTALL);
	assert.equal(ofFile.code, 2);
	assert.match(ofFile.stderr, /is for maps in PostgreSQL/);
});
