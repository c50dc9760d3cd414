import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { galaxyFolder } from "./galaxy-folder.js";

const FILES = {
	"galaxy.yml": `galaxy:
  dynamic_proxy_bind_ip: 127.0.0.1
  dynamic_proxy_external_proxy: true
  dynamic_proxy_manage: false
  dynamic_proxy_session_map: /srv/map.sqlite
`,
};
const ARGS = ["--config", "galaxy.yml", "--port", "8801", "--no-x-forward"];
const ENV = {
	GALAXY_PROXY_HEAD_TIMEOUT: "1.5",
	GALAXY_PROXY_TRUST_PROXY: "none",
};

test("config prints each setting with its value and where it came from, in columns", async (t) => {
	const cwd = galaxyFolder(t, FILES);
	const { code, stdout, stderr } = await runCli(["config", ...ARGS], {
		cwd,
		env: ENV,
	});
	assert.deepEqual([code, stderr], [0, ""]);
	for (const line of [
		"--ip                      127.0.0.1        galaxy.yml line 2",
		"--port                    8801             flag --port",
		"--cookie                  galaxysession    default",
		"--sessions                /srv/map.sqlite  galaxy.yml line 5",
		"--reverseProxy            on               Galaxy's default",
		"--proxy-prefix            none             default",
		"--no-x-forward            on               flag --no-x-forward",
		"--trust-proxy             none             environment GALAXY_PROXY_TRUST_PROXY",
		"--head-timeout            1.5              environment GALAXY_PROXY_HEAD_TIMEOUT",
		"--log-file                standard output  default",
		`Galaxy's own settings: ${cwd}/galaxy.yml, root ${cwd}`,
		"dynamic_proxy_external_proxy  on                galaxy.yml line 3",
		"dynamic_proxy_manage          off               galaxy.yml line 4",
		"cookie_path                   /                 Galaxy's default",
		"--withhold-basic          off              Galaxy's default",
		"use_remote_user               off               Galaxy's default",
		"remote_user_header            HTTP_REMOTE_USER  Galaxy's default",
	])
		assert.ok(stdout.split("\n").includes(line), `${line}\n${stdout}`);
	assert.match(stdout, /The session map does not exist/);
});

test("a hint is given if Galaxy starts a proxy itself", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": "galaxy:\n" });
	const { stdout } = await runCli(["--config=galaxy.yml", "config"], { cwd });
	assert.match(stdout, /dynamic_proxy_manage is on: .* set it to false/);
});

test("the sign of the mode is the table, although Galaxy's file names the map", async (t) => {
	const cwd = galaxyFolder(t, {
		"galaxy.yml":
			"galaxy:\n  interactivetools_enable: true\n  interactivetools_map: map.sqlite\n",
	});
	const add = "routes add k 127.0.0.1:32768 --mode gxit --sessions map.sqlite";
	await runCli(add.split(" "), { cwd });
	const { stdout } = await runCli(["config", "--config=galaxy.yml"], { cwd });
	assert.match(stdout, /The mode is gxit, because of the table gxitproxy in /);
	assert.doesNotMatch(stdout, /undefined/);
});

test("config --json prints the same for programs", async (t) => {
	const cwd = galaxyFolder(t, FILES);
	const args = ["config", ...ARGS, "--json"];
	const { code, stdout } = await runCli(args, { cwd, env: ENV });
	assert.equal(code, 0);
	const { settings, galaxy } = JSON.parse(stdout);
	const named = (list: { name: string }[], name: string) =>
		list.find((row) => row.name === name);
	const file = `${cwd}/galaxy.yml`;
	assert.deepEqual(named(settings, "--ip"), {
		name: "--ip",
		value: "127.0.0.1",
		from: { source: "file", file, line: 2, key: "dynamic_proxy_bind_ip" },
	});
	assert.deepEqual(named(settings, "--head-timeout"), {
		name: "--head-timeout",
		value: 1.5,
		from: { source: "environment", name: "GALAXY_PROXY_HEAD_TIMEOUT" },
	});
	assert.equal(galaxy.file, file);
	assert.deepEqual(named(galaxy.settings, "cookie_path"), {
		name: "cookie_path",
		value: "/",
		from: { source: "default", of: "Galaxy" },
	});
});

test("config without a file prints only the flags, all of the daemon's", async () => {
	const { stdout } = await runCli(["config", "--sessions", "map"]);
	const help = (await runCli(["--help"])).stdout;
	const flags = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)]
		.map(([, flag]) => flag ?? "")
		.filter((flag) => !/^--(version|help|config|sessions-file)$/.test(flag));
	const printed = stdout.match(/^--[\w-]+/gm) ?? [];
	assert.deepEqual([...printed].sort(), flags.sort());
});

test("config with a wrong value is a usage error", async () => {
	const args = ["config", "--sessions", "map", "--port", "x"];
	const { code, stdout, stderr } = await runCli(args);
	assert.deepEqual([code, stdout], [2, ""]);
	assert.match(stderr, /^galaxy-proxy: --port: "x" is not allowed/);
});

const BROKEN = "galaxy:\n  dynamic_proxy_bind_port: 88x\n";
const CHECK = ["config", "--check", "--config", "galaxy.yml"];

test("a valid configuration is exit code 0, as ExecStartPre of a unit requires", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": "galaxy:\n" });
	const { code, stdout, stderr } = await runCli(CHECK, { cwd });
	assert.deepEqual(
		[code, stdout, stderr],
		[0, "The configuration is valid.\n", ""],
	);
});

test("an invalid one is exit code 1, with the faulty line and the allowed values", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": BROKEN });
	const { code, stdout, stderr } = await runCli(CHECK, { cwd });
	assert.deepEqual([code, stdout], [1, ""]);
	assert.equal(
		stderr,
		`galaxy-proxy: ${cwd}/galaxy.yml line 2: dynamic_proxy_bind_port: "88x" is not allowed; give a whole number from 0 to 65535 (0 is any free port)\n`,
	);
});

test("flags, variables and a missing session map are checked too", async () => {
	const check = (args: string[], env = {}) =>
		runCli(["config", "--check", ...args], { env });
	const flag = await check(["--sessions", "map", "--cors", "some"]);
	assert.equal(flag.code, 1);
	assert.match(flag.stderr, /--cors: "some"/);
	const variable = await check(["--sessions", "map"], {
		GALAXY_PROXY_PORT: "x",
	});
	assert.equal(variable.code, 1);
	assert.match(variable.stderr, /GALAXY_PROXY_PORT: "x"/);
	const missing = await check([]);
	assert.equal(missing.code, 1);
	assert.match(missing.stderr, /--sessions is missing.*--config/);
});

test("--json says which", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": BROKEN });
	const wrong = await runCli([...CHECK, "--json"], { cwd });
	assert.equal(wrong.code, 1);
	const { good, error } = JSON.parse(wrong.stdout);
	assert.equal(good, false);
	assert.match(error, /galaxy\.yml line 2: dynamic_proxy_bind_port: "88x"/);
	const right = await runCli([
		"config",
		"--check",
		"--json",
		"--sessions",
		"m",
	]);
	assert.deepEqual(JSON.parse(right.stdout), { good: true, error: null });
});

test("serving with a wrong file is exit code 2, since no restart helps", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": BROKEN });
	const { code, stderr } = await runCli(["--config", "galaxy.yml"], { cwd });
	assert.equal(code, 2);
	assert.match(stderr, /galaxy\.yml line 2: dynamic_proxy_bind_port: "88x"/);
});
