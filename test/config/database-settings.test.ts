import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Given, readSettings } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";
import { galaxyFolder } from "./galaxy-folder.js";

const URL_OF_MAP = "postgresql://galaxy:hunter2@db/map";
const SHOWN = "postgresql://galaxy@db/map";

function read(
	given: Given,
	env: Record<string, string> = {},
	program: "galaxy-proxy" | "gx-it-proxy" = "galaxy-proxy",
	cwd = "/",
) {
	const { config, origins } = readSettings(given, { env, cwd, program });
	return { ...config, origin: origins.get("sessions") };
}

test("a database is Interactive Tools' map, and is shown without its password", () => {
	const { sessions, database, mode, modeSign } = read({ sessions: URL_OF_MAP });
	assert.deepEqual([sessions, mode], [SHOWN, "gxit"]);
	assert.equal(modeSign, "the database in --sessions");
	assert.equal(database?.name, "map");
	assert.equal(database?.isPasswordInArguments, true);
});

test("the URL may be in the environment or a file, and then is not in the arguments", (t) => {
	const file = join(scratchFolder(t), "url");
	writeFileSync(file, `${URL_OF_MAP}  \r\nmore\n`);
	for (const { sessions, database } of [
		read({}, { GALAXY_PROXY_SESSIONS: URL_OF_MAP }),
		read({ sessionsFile: file }),
		read({}, { GALAXY_PROXY_SESSIONS_FILE: file }),
		read({ sessionsFile: file }, { GALAXY_PROXY_SESSIONS: "a.sqlite" }),
	]) {
		assert.equal(sessions, SHOWN);
		assert.equal(database?.isPasswordInArguments, false);
	}
});

async function passwordOf({ database }: ReturnType<typeof read>) {
	const [attempt] = (await database?.attempts()) ?? [];
	const { password } = attempt?.options ?? {};
	return typeof password === "function" ? password() : password;
}

test("a password that changes in --sessions-file is used at the next connection", async (t) => {
	const file = join(scratchFolder(t), "url");
	writeFileSync(file, URL_OF_MAP);
	const config = read({ sessionsFile: file });
	assert.equal(await passwordOf(config), "hunter2");
	writeFileSync(file, URL_OF_MAP.replace("hunter2", "hunter3"));
	assert.equal(await passwordOf(config), "hunter3");
	// Another server needs a restart.
	writeFileSync(file, "postgresql://galaxy:hunter4@other/map");
	assert.equal(await passwordOf(config), "hunter2");
	rmSync(file);
	assert.equal(await passwordOf(config), "hunter2");
});

test("a URL in a pipe, which can be read once, is kept", async (t) => {
	const pipe = join(scratchFolder(t), "pipe");
	execFileSync("mkfifo", [pipe]);
	const writer = spawn("sh", ["-c", `echo '${URL_OF_MAP}' > ${pipe}`]);
	t.after(() => writer.kill());
	for (let times = 0; times < 2; times++)
		assert.equal(await passwordOf(read({ sessionsFile: pipe })), "hunter2");
});

test("the URL may be in Galaxy's file", (t) => {
	for (const yaml of [
		`galaxy:\n  interactivetoolsproxy_map: ${URL_OF_MAP}\n`,
		`gravity:\n  gx_it_proxy:\n    sessions: ${URL_OF_MAP}\ngalaxy:\n  interactivetools_enable: true\n`,
	]) {
		const cwd = galaxyFolder(t, { "galaxy.yml": yaml });
		const { sessions, mode, database, origin } = read(
			{ config: "galaxy.yml" },
			{},
			"galaxy-proxy",
			cwd,
		);
		assert.deepEqual([sessions, mode], [SHOWN, "gxit"]);
		assert.equal(database?.isPasswordInArguments, false);
		assert.equal(origin?.source, "file");
	}
});

test("gravity's path does not replace a database in the environment", () => {
	const given = { sessions: "database/interactivetools_map.sqlite" };
	const env = { GALAXY_PROXY_SESSIONS: URL_OF_MAP };
	assert.equal(read(given, env, "gx-it-proxy").sessions, SHOWN);
	const path = "/database/interactivetools_map.sqlite";
	assert.equal(read(given, env).sessions, path);
	const byNpx = { ...env, npm_lifecycle_event: "npx" };
	assert.equal(read(given, byNpx).sessions, SHOWN);
	const other = { GALAXY_PROXY_SESSIONS: "/other.sqlite" };
	assert.equal(read(given, other, "gx-it-proxy").sessions, path);
	const url = { sessions: "postgresql://flag/map" };
	assert.equal(read(url, env, "gx-it-proxy").sessions, url.sessions);
});

test("--map-max-age and --map-allow-standby are for a database", () => {
	const given = { sessions: URL_OF_MAP, mapMaxAge: "50" };
	const config = read({ ...given, mapAllowStandby: true });
	assert.deepEqual([config.mapMaxAgeMs, config.mapAllowStandby], [50, true]);
	assert.deepEqual(
		[read(given).mapAllowStandby, read(given).pollingIntervalMs],
		[false, 1000],
	);
});

const REFUSED: [Given, Record<string, string>, RegExp][] = [
	[
		{ sessions: URL_OF_MAP, mode: "gie" },
		{},
		/the database in --sessions .*--mode is gie/,
	],
	[
		{ sessions: URL_OF_MAP, cookie: "c" },
		{},
		/--cookie .*the database in --sessions/,
	],
	[
		{ sessions: "mysql://u:hunter2@db/map" },
		{},
		/^--sessions: .*postgresql:\/\//,
	],
	[
		{ sessions: "postgresql:u:hunter2@db" },
		{},
		/^--sessions: .*postgresql:\/\//,
	],
	[{ sessions: "a.sqlite", mapMaxAge: "5" }, {}, /^--map-max-age .*PostgreSQL/],
	[
		{ sessions: "a.sqlite", mapAllowStandby: true },
		{},
		/^--map-allow-standby .*PostgreSQL/,
	],
	[
		{ sessions: "a", sessionsFile: "b" },
		{},
		/^--sessions and --sessions-file exclude/,
	],
	[
		{},
		{ GALAXY_PROXY_SESSIONS: "a", GALAXY_PROXY_SESSIONS_FILE: "b" },
		/^GALAXY_PROXY_SESSIONS and GALAXY_PROXY_SESSIONS_FILE exclude/,
	],
	[
		{ sessionsFile: "/nowhere" },
		{},
		/^--sessions-file: ENOENT.*postgresql:\/\//,
	],
	[
		{ sessionsFile: "/proc/self/status" },
		{},
		/^--sessions-file: the first line of .*URL/,
	],
	...["standby", "read-only", "prefer-standby"].map(
		(target): [Given, Record<string, string>, RegExp] => [
			{ sessions: `${URL_OF_MAP}?target_session_attrs=${target}` },
			{},
			/target_session_attrs=.*--map-allow-standby/,
		],
	),
	[
		{ sessions: URL_OF_MAP },
		{ PGTARGETSESSIONATTRS: "standby" },
		/target_session_attrs=.*--map-allow-standby/,
	],
];

for (const [given, env, message] of REFUSED)
	test(`${JSON.stringify({ ...given, ...env })} is refused`, () => {
		assert.throws(
			() => read(given, env),
			({ message: text }: Error) => {
				assert.match(text, message);
				assert.doesNotMatch(text, /hunter2/);
				return true;
			},
		);
	});
