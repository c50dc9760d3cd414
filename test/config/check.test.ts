import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { galaxyFolder } from "./galaxy-folder.js";

const BROKEN = "galaxy:\n  dynamic_proxy_bind_port: 88x\n";
const ARGS = ["config", "--check", "--config", "galaxy.yml"];

test("a good configuration is exit code 0, as a unit's ExecStartPre wants it", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": "galaxy:\n" });
	const { code, stdout, stderr } = await runCli(ARGS, { cwd });
	assert.deepEqual(
		[code, stdout, stderr],
		[0, "The configuration is good.\n", ""],
	);
});

test("a wrong one is exit code 1, with the line at fault and what is allowed", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": BROKEN });
	const { code, stdout, stderr } = await runCli(ARGS, { cwd });
	assert.deepEqual([code, stdout], [1, ""]);
	assert.equal(
		stderr,
		`galaxy-proxy: ${cwd}/galaxy.yml line 2: dynamic_proxy_bind_port: "88x" is not allowed; give a whole number from 0 to 65535 (0 is any free port)\n`,
	);
});

test("flags, variables and a session map that is missing are checked too", async () => {
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
	const wrong = await runCli([...ARGS, "--json"], { cwd });
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

test("serving with a wrong file is exit code 2, since no restart mends it", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": BROKEN });
	const { code, stderr } = await runCli(["--config", "galaxy.yml"], { cwd });
	assert.equal(code, 2);
	assert.match(stderr, /galaxy\.yml line 2: dynamic_proxy_bind_port: "88x"/);
});
