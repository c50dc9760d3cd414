import assert from "node:assert/strict";
import { test } from "node:test";
import { listRows } from "../../src/session-map/map-list.js";
import { runCli } from "../cli/run-cli.js";
import { STOPPED } from "../support/container.js";
import {
	examine,
	expectWell,
	KEY,
	startRunning,
	startSite,
} from "./examined.js";

test("on a healthy installation doctor finds nothing wrong, tries every step and leaves the map unchanged", async (t) => {
	const running = await startRunning(t);
	const origin = await startSite(t, running);
	const before = await listRows(running.daemon.map, 10);
	const url = ["--url", `${origin}/galaxy`, "--probe", "--silence", "4"];
	const examined = await examine([...running.args, ...url], {
		env: { GALAXY_PROXY_COOKIE: "galaxysession" },
	});
	expectWell(examined);
	const names = new Set(examined.findings.map(({ name }) => name));
	for (const name of TRIED) assert.ok(names.has(name), `${name} is missing`);
	assert.deepEqual(await listRows(running.daemon.map, 10), before);
	assert.doesNotMatch(examined.stdout, new RegExp(KEY));
});

const TRIED = [
	"node",
	"launcher",
	"driver",
	"map",
	"target",
	"port",
	"proxy",
	"proxy map",
	"file limit",
	"cookie",
	"front prefix",
	"front http",
	"front body",
	"front cookie",
	"front path",
	"front query",
	"front upgrade",
	"front upload",
	"front download",
	"front silence",
	"front buffering",
];

test("without --url and --probe it names the missing checks", async (t) => {
	const { args } = await startRunning(t);
	const { code, findings } = await examine(args);
	const unchecked = findings.filter(({ verdict }) => verdict === "unchecked");
	assert.deepEqual(
		unchecked.map(({ name, remedy }) => [name, /--url|--probe/.test(remedy)]),
		[
			["front", true],
			["probe", true],
		],
	);
	assert.equal(code, 0);
});

test("the text output has one line per finding, its remedy below, and the counts", async (t) => {
	const { args } = await startRunning(t, {
		rows: { dead: STOPPED },
	});
	const line = ["doctor", "--ip", "127.0.0.1", ...args];
	const { code, stdout } = await runCli(line);
	assert.equal(code, 0);
	assert.match(
		stdout,
		/^doubtful {3}target {11}127\.0\.0\.1:1025 \(session [0-9a-f]{8}\) refuses connections\n {11}-> The container has stopped/m,
	);
	assert.match(stdout, /\n\d+ good, 1 doubtful, 0 wrong, 2 unchecked\n$/);
});

test("a wrong option is reported with exit code 2", async () => {
	const map = ["doctor", "--sessions", "map.sqlite"];
	for (const args of [
		["--url", "galaxy.example"],
		["--url", "ftp://galaxy.example/"],
		["--silence", "0"],
		["--silence", "soon"],
		["--nonsense"],
		["word"],
	]) {
		const { code, stdout, stderr } = await runCli([...map, ...args]);
		assert.deepEqual([code, stdout], [2, ""], args.join(" "));
		assert.match(stderr, /galaxy-proxy: /);
	}
	const { code, stderr } = await runCli(["doctor"]);
	assert.deepEqual([code, /--sessions is missing/.test(stderr)], [2, true]);
});
