import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { test } from "node:test";
import type { ClientConfig } from "pg";
import { readDatabase } from "../../src/config/database.js";

const ORIGIN = { source: "flag", name: "--sessions" } as const;
const SOCKET = "/var/run/postgresql";
const OS_USER = userInfo().username;

/** Server, user, database and password, in the form of psql's \conninfo. */
async function read(url: string): Promise<string[]> {
	const env = { HOME: "/nowhere", PGSYSCONFDIR: "/nowhere" };
	const database = readDatabase(url, env, ORIGIN);
	const attempts = await database.attempts();
	const servers = new Map(attempts.map(({ host, options }) => [host, options]));
	return [...servers.values()].map(shown);
}

function shown({ host, port, user, database, password }: ClientConfig): string {
	let secret = "none";
	try {
		secret = typeof password === "function" ? String(password()) : "a text";
	} catch {}
	return `${host} ${port} ${user} ${database} ${secret}`;
}

const READ: Record<string, string[]> = {
	"postgresql:///gxitproxy?host=/var/run/postgresql": [
		`${SOCKET} 5432 ${OS_USER} gxitproxy none`,
	],
	"postgresql://": [`${SOCKET} 5432 ${OS_USER} ${OS_USER} none`],
	"postgres://galaxy@": [`${SOCKET} 5432 galaxy galaxy none`],
	"postgresql://galaxy:secret@db.example.org:6432/map": [
		"db.example.org 6432 galaxy map secret",
	],
	"postgresql+psycopg2://galaxy:s%40%2F%3F%23%25@db/map": [
		"db 5432 galaxy map s@/?#%",
	],
	"postgresql://ga%3Alaxy:a:b?c@db/m%61p": ["db 5432 ga:laxy map a:b?c"],
	"postgresql://%2Fvar%2Flib%2Fpostgresql/map": [
		`/var/lib/postgresql 5432 ${OS_USER} map none`,
	],
	"postgres://galaxy@:12345?host=/sockets": [
		"/sockets 12345 galaxy galaxy none",
	],
	"postgresql://[2001:db8::1]:6432,[::1]/map?user=u": [
		"2001:db8::1 6432 u map none",
		"::1 5432 u map none",
	],
	"postgresql://u@h1:1,h2,:3/map": [
		"h1 1 u map none",
		"h2 5432 u map none",
		`${SOCKET} 3 u map none`,
	],
	"postgresql://u@h1,h2/map?port=7": ["h1 7 u map none", "h2 7 u map none"],
	"postgresql://u@/map?host=h1,h2&port=1,2": [
		"h1 1 u map none",
		"h2 2 u map none",
	],
	"postgresql+psycopg2://u:p@/map?host=h1:1&host=h2:2": [
		"h1 1 u map p",
		"h2 2 u map p",
	],
	"postgresql://u@db/map?hostaddr=192.0.2.7": ["192.0.2.7 5432 u map none"],
	"postgresql://db/map?user=first&user=last&password=p%26w": [
		"db 5432 last map p&w",
	],
	"postgresql://u@db/map?u%73er=other": ["db 5432 other map none"],
};

for (const [url, servers] of Object.entries(READ))
	test(`${url} is read as libpq reads it`, async () => {
		assert.deepEqual(await read(url), servers);
	});

const REFUSED: Record<string, RegExp> = {
	"postgresql://u:hunter2/x@db/map": /^--sessions: .*%2F/,
	"postgresql://u:hun@ter2@db/map": /^--sessions: .*%40/,
	"postgresql://u:hunter2?x/y@db/map": /^--sessions: .*%2F/,
	"postgresql://db:hunter2/map": /^--sessions: .*HOST:PORT/,
	"postgresql://::1/map": /^--sessions: .*in brackets/,
	"postgresql://[::1/map": /^--sessions: .*in brackets/,
	"postgresql://[]/map": /^--sessions: .*in brackets/,
	"postgresql://[::1]z/map": /^--sessions: .*in brackets/,
	"postgresql://u:hunter2%@db/map": /^--sessions: .*%25/,
	"postgresql://u:hunter2%00@db/map": /^--sessions: .*%25/,
	"postgresql://db/map?hunter2": /^--sessions: parameter number 1 .*NAME=VALUE/,
	"postgresql://db/map?password=hun&ter2=x": /: libpq has no such .*%26/,
	"postgresql://db/map?spoil=hunter2": /^--sessions: spoil: libpq has no such/,
	"postgresql://db:70000/map": /^--sessions: port: .*65535/,
	"postgresql://a,b,c/map?port=1,2": /^--sessions: port: .*as many/,
	"postgresql://a,b/map?hostaddr=::1": /^--sessions: hostaddr: .*as many/,
	"postgresql://a/map?hostaddr=hunter2": /^--sessions: hostaddr: .*addresses/,
	"postgresql:///map?host=@hunter2": /^--sessions: host: .*abstract/,
	"postgresql:///map?sslmode=verify-full&hostaddr=::1":
		/^--sessions: hostaddr: .*give host too/,
};

for (const [url, message] of Object.entries(REFUSED))
	test(`${url} is refused without a word of its password`, async () => {
		const thrown = await read(url).then(
			() => assert.fail("accepted"),
			(error: Error) => error,
		);
		assert.match(thrown.message, message);
		assert.doesNotMatch(thrown.message, /hun|ter2/);
	});

const SHOWN: Record<string, string> = {
	"postgresql:///gxitproxy?host=/run/postgresql":
		"postgresql:///gxitproxy?host=/run/postgresql",
	"postgresql+psycopg2://u:hunter2@a:1,b/map?sslmode=require":
		"postgresql://u@a:1,b/map?sslmode=require",
	"postgresql://:hunter2@db/map": "postgresql://db/map",
	"postgres://db/map?p%61ssword=hunter2&user=u&sslpassword=hunter2":
		"postgresql://db/map?user=u",
};

for (const [url, text] of Object.entries(SHOWN))
	test(`${url} is shown without its password`, () => {
		const { shown } = readDatabase(url, {}, ORIGIN);
		assert.equal(shown, text);
	});

const NAMES = { flag: "--sessions", environment: "GALAXY_PROXY_SESSIONS" };

test("an environment or a file as the source is no password in the arguments", () => {
	const isShown = (url: string, source: "flag" | "environment") =>
		readDatabase(url, {}, { source, name: NAMES[source] })
			.isPasswordInArguments;
	assert.equal(isShown("postgresql://u:p@db/map", "flag"), true);
	assert.equal(isShown("postgresql://db/map?password=p", "flag"), true);
	assert.equal(isShown("postgresql://u@db/map", "flag"), false);
	assert.equal(isShown("postgresql://u:p@db/map", "environment"), false);
});
