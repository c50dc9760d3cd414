import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { test } from "node:test";
import type { ClientConfig } from "pg";
import { readDatabase } from "../../src/config/database.js";
import { PARAMETERS } from "../../src/config/database-parameters.js";
import { read } from "../support/folders.js";

const ORIGIN = { source: "flag", name: "--sessions" } as const;
const HOME = { HOME: "/nowhere" };

type Environment = Record<string, string>;

async function optionsOf(query: string, env: Environment = {}) {
	const url = `postgresql:///map?${query}`;
	const attempts = await readDatabase(
		url,
		{ ...HOME, ...env },
		ORIGIN,
	).attempts();
	return attempts.map(({ options }) => options);
}

test("without parameters and environment libpq's defaults apply, and our name", async () => {
	const [options] = await optionsOf("");
	const { password, ...others } = options ?? {};
	assert.equal(typeof password, "function");
	assert.deepEqual(others, {
		host: "/var/run/postgresql",
		port: 5432,
		user: userInfo().username,
		database: "map",
		client_encoding: "UTF8",
		application_name: "galaxy-proxy",
		ssl: false,
		sslnegotiation: "postgres",
		enableChannelBinding: false,
		connectionTimeoutMillis: 1000,
		keepAlive: true,
		keepAliveInitialDelayMillis: 1000,
	});
});

/** Parameter, text, and its effect on the client's options. */
const TAKEN: [string, string, Partial<ClientConfig>][] = [
	["host", "db", { host: "db" }],
	["hostaddr", "192.0.2.1", { host: "192.0.2.1" }],
	["port", "6432", { port: 6432 }],
	["user", "galaxy", { user: "galaxy" }],
	["connect_timeout", "7", { connectionTimeoutMillis: 7000 }],
	["connect_timeout", "0", { connectionTimeoutMillis: 1000 }],
	["options", "-csearch_path=it", { options: "-csearch_path=it" }],
	["application_name", "map", { application_name: "map" }],
	["sslnegotiation", "postgres", { sslnegotiation: "postgres" }],
	["channel_binding", "prefer", { enableChannelBinding: false }],
];

for (const [name, text, effect] of TAKEN)
	test(`${name}=${text} is taken from the URL, and from its variable after that`, async () => {
		const of = (options: ClientConfig[]) => {
			const [first] = options;
			return Object.fromEntries(
				Object.keys(effect).map((key) => [key, first?.[key as "host"]]),
			);
		};
		const pair = `${name}=${encodeURIComponent(text)}`;
		const variable = PARAMETERS[name]?.variable ?? "";
		assert.deepEqual(of(await optionsOf(pair)), effect);
		assert.deepEqual(of(await optionsOf("", { [variable]: text })), effect);
		const other = { [variable]: "1" };
		assert.deepEqual(of(await optionsOf(pair, other)), effect);
	});

test("PGDATABASE counts for a URL without a name", () => {
	const env = { ...HOME, PGDATABASE: "other", PGUSER: "galaxy" };
	const named = (url: string, more: Environment) =>
		readDatabase(url, more, ORIGIN).name;
	assert.equal(named("postgresql://db", env), "other");
	assert.equal(named("postgresql://db/map", env), "map");
	assert.equal(named("postgresql://db", { ...env, PGDATABASE: "" }), "galaxy");
});

test("sslmode decides whether TLS is tried, and in which order", async () => {
	const tried = async (query: string, env?: Environment) =>
		(await optionsOf(`host=db&${query}`, env)).map(({ ssl }) => ssl !== false);
	assert.deepEqual(await tried(""), [true, false]);
	assert.deepEqual(await tried("", { PGSSLMODE: "disable" }), [false]);
	assert.deepEqual(await tried("", { PGREQUIRESSL: "1" }), [true]);
	assert.deepEqual(await tried("ssl=true"), [true]);
	assert.deepEqual(await tried("sslmode=allow"), [false, true]);
	const socket = await optionsOf("host=/sockets&sslmode=require");
	assert.deepEqual(
		socket.map(({ ssl }) => ssl),
		[false],
	);
});

test("keepalives, and the fallback of the name", async () => {
	const [options] = await optionsOf(
		"keepalives=0&keepalives_idle=30&fallback_application_name=f&gssencmode=prefer&tcp_user_timeout=5",
	);
	assert.equal(options?.keepAlive, false);
	assert.equal(options?.keepAliveInitialDelayMillis, 30_000);
	assert.equal(options?.application_name, "f");
});

test("load_balance_hosts=random tries the servers in any order", async () => {
	const firsts = new Set<unknown>();
	const hosts = "host=a,b&sslmode=disable&load_balance_hosts=random";
	for (let times = 0; times < 200; times++)
		firsts.add((await optionsOf(hosts))[0]?.host);
	assert.deepEqual([...firsts].sort(), ["a", "b"]);
});

const REFUSED: [string, Environment, RegExp][] = [
	["sslmode=hard", {}, /^--sessions: sslmode: "hard" .*verify-full/],
	["", { PGSSLMODE: "hard" }, /^PGSSLMODE: "hard" .*verify-full/],
	["client_encoding=latin1", {}, /client_encoding: .*utf8/],
	["channel_binding=always", {}, /channel_binding: .*prefer/],
	["gssencmode=require", {}, /gssencmode: .*sslmode/],
	["require_auth=scram", {}, /require_auth: .*scram-sha-256/],
	["require_auth=md5,!none", {}, /require_auth: .*scram-sha-256/],
	["", { PGREQUIREPEER: "postgres" }, /^PGREQUIREPEER: .*remove it/],
	["replication=database", {}, /replication: .*remove it/],
	["sslcrldir=/x", {}, /sslcrldir: .*sslcrl/],
	["connect_timeout=soon", {}, /connect_timeout: .*whole number/],
	["target_session_attrs=fast", {}, /target_session_attrs: .*read-write/],
	["sslrootcert=system&sslmode=require", {}, /sslrootcert: .*verify-full/],
	["sslnegotiation=direct", {}, /sslnegotiation: .*sslmode=prefer/],
	["host=db&sslsni=0", {}, /sslsni: .*hostaddr/],
	["toString=1", {}, /toString: libpq has no such/],
];

for (const [query, env, message] of REFUSED)
	test(`${query}${JSON.stringify(env)} is refused by name, with a remedy`, async () => {
		await assert.rejects(optionsOf(query, env), { message });
	});

test("docs/postgresql.md has each parameter and its variable in one row, and no other", () => {
	const [, chapter = ""] =
		read("docs/postgresql.md").split("\n## Parameters\n");
	const rows = chapter.match(/^\| `[^|]+\|[^|]*\|/gm) ?? [];
	const documented = rows.flatMap((row) => {
		const [names = "", variables = ""] = row.split("|").slice(1);
		const words = (cell: string) => cell.match(/(?<=`)\w+(?=`)/g) ?? [];
		const variable = words(variables);
		return words(names).map(
			(name, index) => `${name} ${variable[index] ?? ""}`,
		);
	});
	const known = Object.entries(PARAMETERS).map(
		([name, { variable = "" }]) => `${name} ${variable}`,
	);
	assert.deepEqual(documented.sort(), known.sort());
});
