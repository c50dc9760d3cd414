import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { scratchFolder } from "../../support/folders.js";
import { freePort } from "../../support/free-port.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const skip = noPostgres();
const ORIGIN = { source: "flag", name: "--sessions" } as const;
const PASSWORD = "hunter2:\\ %é";

type Environment = Record<string, string>;

/** Port, user, database and application_name of a connection by this URL. */
async function reached(url: string, env: Environment = {}) {
	const all = { HOME: "/nowhere", PGCONNECT_TIMEOUT: "10", ...env };
	const client = await connectOnce(readDatabase(url, all, ORIGIN));
	const { rows } = await client.query(
		"SELECT current_setting('port')::int AS port, current_user AS user, current_database() AS name, current_setting('application_name') AS program",
	);
	await client.end();
	return rows[0];
}

function home(t: TestContext, files: Record<string, string>): string {
	const folder = scratchFolder(t);
	for (const [name, text] of Object.entries(files))
		writeFileSync(join(folder, name), text, { mode: 0o600 });
	return folder;
}

test("a server is found by URL, environment, service and password file", {
	skip,
}, async (t) => {
	const { port, socket } = await startPostgres(t, { password: PASSWORD });
	const encoded = encodeURIComponent(PASSWORD);
	const escaped = PASSWORD.replace(/[:\\]/g, "\\$&");
	const HOME = home(t, {
		".pgpass": `127.0.0.1:${port}:*:galaxy:${escaped}\n`,
		".pg_service.conf": `[map]\nhost=127.0.0.1\nport=${port}\nuser=galaxy\ndbname=gxitproxy\n`,
	});
	const found = {
		port,
		user: "galaxy",
		name: "gxitproxy",
		program: "galaxy-proxy",
	};
	const ways: [string, Environment][] = [
		[`postgresql://galaxy:${encoded}@127.0.0.1:${port}/gxitproxy`, {}],
		[`postgresql://galaxy@127.0.0.1:${port}/gxitproxy`, { HOME }],
		["postgresql://?service=map", { HOME }],
		["postgresql:///", { HOME, PGSERVICE: "map" }],
		[`postgresql://galaxy@/gxitproxy?host=${socket}&port=${port}`, {}],
		[
			`postgresql://${encodeURIComponent(socket)}:${port}/gxitproxy`,
			{ PGUSER: "galaxy" },
		],
		[
			"postgresql:///",
			{
				PGHOST: "127.0.0.1",
				PGPORT: String(port),
				PGUSER: "galaxy",
				PGDATABASE: "gxitproxy",
				PGPASSWORD: PASSWORD,
			},
		],
		[
			`postgresql+psycopg2://galaxy:${encoded}@/gxitproxy?host=127.0.0.1:${port}`,
			{},
		],
	];
	for (const [url, env] of ways)
		assert.deepEqual(await reached(url, env), found);
	const named = `postgresql://galaxy@/gxitproxy?host=${socket}&port=${port}`;
	const { program } = await reached(`${named}&application_name=map`);
	assert.equal(program, "map");
	await assert.rejects(
		reached(`postgresql://galaxy@127.0.0.1:${port}/gxitproxy`),
		/asks for the password of galaxy.*make \/nowhere\/\.pgpass/,
	);
});

test("of several hosts the first one that can be reached is used", {
	skip,
}, async (t) => {
	const { port } = await startPostgres(t, { password: "right" });
	const closed = await freePort();
	const hosts = `127.0.0.1:${closed},127.0.0.1:${port}`;
	const { port: used } = await reached(
		`postgresql://galaxy:right@${hosts}/gxitproxy?target_session_attrs=read-write`,
	);
	assert.equal(used, port);
	await assert.rejects(
		reached(`postgresql://galaxy:wrong@${hosts}/gxitproxy`),
		/password of the user galaxy is wrong/,
	);
});

test("prefer-standby takes the only server, a primary", {
	skip,
}, async (t) => {
	const server = await startPostgres(t);
	const url = server.url({ target_session_attrs: "prefer-standby" });
	assert.equal((await reached(url)).port, server.port);
});

test("a server that is silent with TLS is not asked without", async (t) => {
	let count = 0;
	const silent = createServer(() => count++).listen(0, "127.0.0.1");
	t.after(() => silent.close());
	await once(silent, "listening");
	const { port } = silent.address() as AddressInfo;
	const url = `postgresql://galaxy@127.0.0.1:${port}/gxitproxy?connect_timeout=2`;
	await assert.rejects(reached(url), /does not answer/);
	assert.equal(count, 1);
});
