import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readDatabase } from "../../src/config/database.js";
import { scratchFolder } from "../support/folders.js";

const ORIGIN = { source: "flag", name: "--sessions" } as const;

type Environment = Record<string, string>;

/** The password of each server, or what is said about it. */
async function passwords(url: string, env: Environment): Promise<string[]> {
	const attempts = await readDatabase(url, env, ORIGIN).attempts();
	return attempts.map(({ options: { password } }) => {
		try {
			return typeof password === "function" ? String(password()) : "a text";
		} catch (error) {
			return (error as Error).message;
		}
	});
}

function home(t: TestContext, files: Record<string, string>): string {
	const folder = scratchFolder(t);
	for (const [name, text] of Object.entries(files))
		writeFileSync(join(folder, name), text, { mode: 0o600 });
	return folder;
}

const PASSFILE = String.raw`# db:5432:map:galaxy:comment
db:5432:other:galaxy:wrong
db\:x:5432:map:galaxy:wrong
db:5432:map:galaxy:first\:\\\:rest:no part of it
localhost:*:*:galaxy:socket
/sockets:5433:*:galaxy:own folder
2001\:db8\:\:1:*:*:*:ipv6
*:*:map:someone:any
*:*:*:silent:`;

const FITS: Record<string, string> = {
	"postgresql://galaxy@db/map?sslmode=disable": "first:\\:rest",
	"postgresql://galaxy:own@db/map?sslmode=disable": "own",
	"postgresql://galaxy@/map": "socket",
	"postgresql://galaxy@/map?host=/var/run/postgresql&port=9": "socket",
	"postgresql://galaxy@/map?host=/sockets&port=5433": "own folder",
	"postgresql://a@[2001:db8::1]/x?sslmode=disable": "ipv6",
	"postgresql://someone@anywhere:1/map?sslmode=disable": "any",
	"postgresql://galaxy@db/map?hostaddr=192.0.2.1&sslmode=disable":
		"first:\\:rest",
};

test("the password file is read as libpq reads it", async (t) => {
	const HOME = home(t, { ".pgpass": PASSFILE });
	for (const [url, password] of Object.entries(FITS))
		assert.deepEqual(await passwords(url, { HOME }), [password], url);
	const elsewhere = { PGPASSFILE: join(HOME, ".pgpass"), HOME: "/nowhere" };
	assert.deepEqual(await passwords("postgresql://galaxy@/map", elsewhere), [
		"socket",
	]);
});

test("a password file that is wrong is not used, and the message says why", async (t) => {
	const HOME = home(t, { ".pgpass": PASSFILE });
	const file = join(HOME, ".pgpass");
	const url = "postgresql://nobody@db/map?sslmode=disable";
	const [unfit = ""] = await passwords(url, { HOME });
	assert.match(unfit, /db:5432 asks for the password of nobody/);
	assert.match(unfit, /no line .*add db:5432:map:nobody:PASSWORD/);
	const [empty] = await passwords("postgresql://silent@/map", { HOME });
	assert.match(empty ?? "", /the line of .*pgpass that fits has no password/);
	const [missing] = await passwords(url, { HOME: "/nowhere" });
	assert.match(missing ?? "", /make \/nowhere\/\.pgpass/);
	chmodSync(file, 0o640);
	const [open] = await passwords("postgresql://galaxy@/map", { HOME });
	assert.match(open ?? "", /others may read it, so chmod 600/);
	const [folder] = await passwords(url, { PGPASSFILE: HOME, HOME });
	assert.match(folder ?? "", /not a plain file/);
});

test("a password that changes is used at the next connection", async (t) => {
	const HOME = home(t, { ".pgpass": "*:*:*:*:old" });
	const url = "postgresql://galaxy@/map";
	const { attempts } = readDatabase(url, { HOME }, ORIGIN);
	await attempts();
	writeFileSync(join(HOME, ".pgpass"), "*:*:*:*:new");
	const [attempt] = await attempts();
	const { password } = attempt?.options ?? {};
	assert.equal(typeof password === "function" && password(), "new");
});

test("a file of SSL_CERT_FILE that cannot be read, or is empty, is named", async (t) => {
	const { SSL_CERT_FILE: before } = process.env;
	t.after(() => {
		if (before === undefined) delete process.env.SSL_CERT_FILE;
		else process.env.SSL_CERT_FILE = before;
	});
	const empty = join(home(t, { "empty.pem": "" }), "empty.pem");
	const url = "postgresql://u:p@db/map?sslrootcert=system";
	const { attempts } = readDatabase(url, { HOME: "/nowhere" }, ORIGIN);
	process.env.SSL_CERT_FILE = "/nowhere/roots.pem";
	await assert.rejects(attempts(), /SSL_CERT_FILE .*\/nowhere\/roots\.pem/);
	process.env.SSL_CERT_FILE = empty;
	await assert.rejects(attempts(), /SSL_CERT_FILE .*\/empty\.pem is empty/);
});

test("an empty file of sslrootcert does not mean Node's own authorities", async (t) => {
	const path = join(home(t, { "empty.pem": "" }), "empty.pem");
	const url = `postgresql://u:p@db/map?sslmode=verify-full&sslrootcert=${path}`;
	const { attempts } = readDatabase(url, { HOME: "/nowhere" }, ORIGIN);
	await assert.rejects(attempts(), /sslrootcert: .*\/empty\.pem is empty/);
});

const SERVICES = `# comment
[other]
host=wrong
[map] # comment
 host=db
port=6432
dbname=map
user=galaxy
password=of service=x
sslmode=disable
host=second
[map]
host=wrong
`;

test("a service has its place between the URL and the environment", async (t) => {
	const HOME = home(t, { ".pg_service.conf": SERVICES });
	const env = { HOME, PGHOST: "wrong", PGAPPNAME: "of-environment" };
	for (const [url, more] of [
		["postgresql://?service=map", {}],
		["postgresql:///", { PGSERVICE: "map" }],
		["postgresql:///", { PGSERVICE: "map", HOME: "/", PGSYSCONFDIR: HOME }],
	] as const) {
		if ("PGSYSCONFDIR" in more)
			writeFileSync(join(HOME, "pg_service.conf"), SERVICES);
		const database = readDatabase(url, { ...env, ...more }, ORIGIN);
		const [attempt, ...others] = await database.attempts();
		assert.deepEqual([attempt?.server, others.length], ["db:6432", 0]);
		assert.deepEqual([database.name, database.user], ["map", "galaxy"]);
		const { password, application_name: name } = attempt?.options ?? {};
		assert.equal(typeof password === "function" && password(), "of service=x");
		assert.equal(name, "of-environment");
	}
	const over = "postgresql://u:p@h:1/d?service=map";
	assert.deepEqual(await passwords(over, { HOME }), ["p"]);
});

const WRONG: [string, Environment, RegExp][] = [
	["postgresql://?service=none", {}, /--sessions: service: .*\[none\]/],
	["postgresql:///", { PGSERVICE: "none" }, /^PGSERVICE: .*\[none\]/],
	["postgresql://?service=map", { PGSERVICEFILE: "/nowhere" }, /ENOENT/],
	["postgresql://?service=nested", {}, /line 2: give NAME=VALUE/],
	["postgresql://?service=plain", {}, /line 4: give NAME=VALUE/],
	["postgresql://?service=unknown", {}, /line 6: hostess: libpq has no such/],
	["postgresql://?service=value", {}, /line 8: sslmode: "hard" is not allowed/],
];

test("a service that is wrong is refused, by its file and line", (t) => {
	const HOME = home(t, {
		".pg_service.conf":
			"[nested]\nservice=map\n[plain]\nhunter2\n[unknown]\nhostess=x\n[value]\nsslmode=hard\n",
	});
	const system = { PGSYSCONFDIR: "/nowhere" };
	for (const [url, env, message] of WRONG)
		assert.throws(
			() => readDatabase(url, { HOME, ...system, ...env }, ORIGIN),
			({ message: text }: Error) => {
				assert.match(text, message);
				assert.doesNotMatch(text, /hunter2/);
				return true;
			},
		);
});
