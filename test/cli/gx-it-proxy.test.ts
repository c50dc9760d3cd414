import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { read, repository, scratchFolder } from "../support/folders.js";
import { runCli } from "./run-cli.js";

const script = join(repository, "bin", "gx-it-proxy.js");

test("gx-it-proxy --help shows what it takes, and no flag of environments", async () => {
	const { code, stdout, stderr } = await runCli(["--help"], { script });
	assert.deepEqual([code, stderr], [0, ""]);
	assert.match(stdout, /^Usage: gx-it-proxy \[options\]/);
	for (const flag of [
		"--ip <n>",
		"--port <n>",
		"--sessions <file>",
		"--verbose",
		"--reverseProxy",
		"--proxyPathPrefix <path>",
		"--pollingInterval <ms>",
		"--forwardIP <n>",
		"--forwardPort <n>",
		"--check-owner",
		"--cors <policy>",
		"--admin <address>",
	])
		assert.ok(stdout.includes(`\n  ${flag} `), flag);
	assert.doesNotMatch(
		stdout,
		/--cookie |--proxy-prefix|--forward-session|Environments:/,
	);
});

test("galaxy-proxy --help shows the flags of both", async () => {
	const { stdout } = await runCli(["--help"]);
	assert.match(stdout, /\nInteractive Environments:\n {2}--proxy-prefix/);
	assert.match(stdout, /\nInteractive Tools:\n {2}--proxyPathPrefix/);
	assert.match(stdout, /\n {2}--cookie <cookiename>/);
});

test("it prints the version, and errors under its own name", async () => {
	const { version } = JSON.parse(read("package.json"));
	assert.equal((await runCli(["-V"], { script })).stdout, `${version}\n`);
	for (const [args, says] of [
		[["--cookie", "c"], /^gx-it-proxy: --cookie: .*galaxy-proxy$/m],
		[["--proxyPathPrefx", "/p"], /^gx-it-proxy: .*--proxyPathPrefix/s],
		[["--port", "99999"], /^gx-it-proxy: --port: "99999".*0 to 65535/],
		[["--pollingInterval", "x"], /^gx-it-proxy: --pollingInterval: "x"/],
		[["a"], /^gx-it-proxy: .*too many/],
		[["--forwardIP"], /^gx-it-proxy: .*--forwardIP <n>.*missing/],
	] as [string[], RegExp][]) {
		const { code, stderr } = await runCli(args, { script });
		assert.equal(code, 2, args.join(" "));
		assert.match(stderr, says);
	}
});

test("a link of any name to it is gx-it-proxy, and a link of its name to the program", async (t) => {
	const folder = scratchFolder(t);
	for (const [name, target] of [
		["proxy", script],
		["gx-it-proxy", join(repository, "lib", "main.js")],
	] as const) {
		const link = join(folder, name);
		symlinkSync(target, link);
		const { stdout } = await runCli(["--help"], { script: link });
		assert.match(stdout, /^Usage: gx-it-proxy /);
	}
});

test("lib/main.js serves tools with gx-it-proxy's flags, and says what it watches", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const args = ["--proxyPathPrefix", "/interactivetool/ep", "--verbose"];
	const daemon = await startDaemon(t, { map, args });
	const line = await daemon.logged(({ msg }) => /^Watching /.test(msg ?? ""));
	assert.equal(line.msg, `Watching path ${map}`);
	const { sign } = await daemon.logged(({ msg }) => msg === "mode decided");
	assert.equal(sign, "--proxyPathPrefix");
});
