import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const NAME = "gravity service";
const GALAXY = `gravity: {process_manager: supervisor, galaxy_root: "@", gx_it_proxy: {enable: true, port: 1}}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`;

function folderOf(t: TestContext): { root: string; supervisor: string } {
	const root = galaxyFolder(t, { "galaxy.yml": GALAXY });
	const supervisor = join(root, "data/gravity/supervisor");
	mkdirSync(supervisor, { recursive: true });
	return { root, supervisor };
}

function examineIn(root: string): Promise<Examined> {
	return examine(["--config", join(root, "galaxy.yml")]);
}

/** A supervisord that knows one program, in the words of its RPC interface. */
async function examineState(
	t: TestContext,
	state: string,
	log = "",
): Promise<Examined> {
	const { root, supervisor } = folderOf(t);
	const logFile = join(root, "gx-it-proxy.log");
	writeFileSync(logFile, log);
	const members = {
		name: "<string>gx-it-proxy</string>",
		statename: `<string>${state}</string>`,
		pid: "<int>0</int>",
		spawnerr:
			"<string>Exited too quickly (process log may have details)</string>",
		stdout_logfile: `<string>${logFile}</string>`,
	};
	const struct = Object.entries(members).map(
		([name, value]) =>
			`<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>`,
	);
	const server = createServer((_request, response) =>
		response.end(
			`<?xml version='1.0'?><methodResponse><params><param><value><array><data><value><struct>${struct.join("\n")}</struct></value></data></array></value></param></params></methodResponse>`,
		),
	);
	server.listen(join(supervisor, "supervisor.sock"));
	await once(server, "listening");
	t.after(() => server.close());
	return await examineIn(root);
}

test("the proxy is FATAL, and its log says why, without its secrets", async (t) => {
	const log = `Watching path postgresql://galaxy:secret-word@db/tools
EADDRINUSE, an older start
error: relation "gxitproxy" does not exist
`;
	const examined = await examineState(t, "FATAL", log);
	expectDiagnosis(examined, {
		name: NAME,
		what: /gx-it-proxy is FATAL .*not started again.*relation "gxitproxy" does not exist/,
		remedy: /gx-it-proxy-create-db.*galaxyctl restart gx-it-proxy/,
	});
	assert.doesNotMatch(examined.stdout, /secret-word/);
});

test("the proxy ends again and again for an unknown reason", async (t) => {
	expectDiagnosis(await examineState(t, "BACKOFF", "token-of-a-user\n"), {
		name: NAME,
		what: /is BACKOFF in gravity's supervisord: Exited too quickly/,
		remedy: /Read the end of \S+gx-it-proxy\.log/,
	});
});

for (const [state, starts, what] of [
	[
		"RUNNING",
		1,
		/is RUNNING .* but does not listen: no tool.* 127\.0\.0\.1:1 is in use by process 7$/,
	],
	["STARTING", 2, /is STARTING .* but was started 2 times without success/],
] as const)
	test(`it is ${state}, and ends again and again`, async (t) => {
		const start = `Executing: npx
{"msg":"127.0.0.1:1 is in use by process 7 (python3)"}
`;
		const log = `Executing: npx
{"msg":"listening"}
galaxy-proxy: --gone
${start.repeat(starts)}`;
		expectDiagnosis(await examineState(t, state, log), {
			name: NAME,
			what,
			remedy: /lines port and other proxies.*galaxyctl restart gx-it-proxy/,
		});
	});

test("a file of the proxy's is closed to its account, which npm's cache has nothing to do with", async (t) => {
	const log = `Executing: npx
galaxy-proxy: --config: /srv/galaxy.yml cannot be read: EACCES: permission denied, open '/srv/galaxy.yml'; give the galaxy.ini or galaxy.yml that Galaxy is started with, readable for this user
`;
	expectDiagnosis(await examineState(t, "FATAL", log), {
		name: NAME,
		what: /its log says: cannot be read: EACCES$/,
		remedy: /^Make this file or folder readable/,
	});
});

for (const [log, remedy] of [
	["/usr/bin/env: ‘node’: No such file or directory", /line gravity node/],
	[
		"npm warn cli npm v11.19.1 does not support Node.js v18",
		/line gravity node/,
	],
	["sh: 1: gx-it-proxy: Permission denied", /see the line gravity\./],
	[
		'{"msg":"listening"}\n{"msg":"A .sqlite session map needs Node 22.13 or later, or better-sqlite3."}',
		/line gravity node/,
	],
	[
		"galaxy-proxy: this account may not read all files of its package: run chmod -R go+rX /srv",
		/see the line gravity\./,
	],
] as const)
	test(`the log's line leads to the check of the cause: ${log}`, async (t) => {
		expectDiagnosis(await examineState(t, "FATAL", `${log}\n`), {
			name: NAME,
			what: /; its log says: /,
			remedy,
		});
	});

test("it runs again, and its log has the problem of an earlier start", async (t) => {
	const log = `Executing: npx
galaxy-proxy: --workers: "x" is not allowed
Executing: npx
{"msg":"listening"}
{"msg":"cannot listen on ::1:1"}
`;
	const { findings } = await examineState(t, "RUNNING", log);
	const found = findings.find(({ name }) => name === NAME);
	assert.equal(found?.verdict, "good", JSON.stringify(found));
});

test("the proxy was stopped", async (t) => {
	expectDiagnosis(await examineState(t, "STOPPED"), {
		name: NAME,
		what: /is STOPPED/,
		remedy: /galaxyctl start gx-it-proxy/,
	});
});

test("it runs", async (t) => {
	const { findings } = await examineState(t, "RUNNING");
	const found = findings.find(({ name }) => name === NAME);
	assert.equal(found?.verdict, "good", JSON.stringify(found));
});

test("supervisord does not run", async (t) => {
	const { root } = folderOf(t);
	expectDiagnosis(await examineIn(root), {
		name: NAME,
		verdict: "doubtful",
		what: /supervisord does not run/,
		remedy: /galaxyctl start/,
	});
});
