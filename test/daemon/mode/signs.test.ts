import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCli } from "../../cli/run-cli.js";
import { ask, request } from "../../support/client.js";
import { startAnswering } from "../../support/container.js";
import { startDaemon } from "../../support/daemon.js";
import { repository, scratchFolder } from "../../support/folders.js";
import { startGalaxyMap } from "../../support/session-map.js";
import { byHost, KEY, startToolMap, TOKEN } from "../../support/tools.js";

const GX_IT_PROXY = join(repository, "bin", "gx-it-proxy.js");

/** A map with the tables of these systems, and a name that shows none. */
async function mapWith(t: TestContext, ...systems: ("gie" | "gxit")[]) {
	const path = join(scratchFolder(t), "map.sqlite");
	const container = await startAnswering(t);
	const { host, port } = container;
	if (systems.includes("gie"))
		await startGalaxyMap(t, path).put("abc", host, port);
	if (systems.includes("gxit"))
		await startToolMap(t, path).put(KEY, TOKEN, host, port);
	return path;
}

for (const [system, text, other] of [
	["gie", request("GET /"), byHost("GET /")],
	["gxit", byHost("GET /"), request("GET /")],
] as const)
	test(`the table in the map decides: ${system}`, async (t) => {
		const daemon = await startDaemon(t, { map: await mapWith(t, system) });
		assert.equal((await ask(t, daemon.port, text)).text, "ok");
		assert.notEqual((await ask(t, daemon.port, other)).status, 200);
		const { mode, sign } = await daemon.logged(
			({ msg }) => msg === "mode decided",
		);
		assert.equal(mode, system);
		assert.match(String(sign), /^the table gx/);
	});

test("signs that contradict the table are refused, naming --mode", async (t) => {
	const ofEnvironments = await mapWith(t, "gie");
	const ofTools = await mapWith(t, "gxit");
	const both = await mapWith(t, "gie", "gxit");
	for (const [sessions, args, script] of [
		[ofEnvironments, [], GX_IT_PROXY],
		[ofEnvironments, ["--proxyPathPrefix", "/p"]],
		[ofTools, ["--cookie", "c"]],
		[both, []],
		[both, [], GX_IT_PROXY],
	] as [string, string[], string?][]) {
		const options = script === undefined ? {} : { script };
		const line = ["--sessions", sessions, "--port", "0", ...args];
		const { code, stdout, stderr } = await runCli(line, options);
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, /--mode gie or --mode gxit\n$/);
	}
});

test("with --mode both tables may be in one file", async (t) => {
	const map = await mapWith(t, "gie", "gxit");
	for (const [mode, text] of [
		["gie", request("GET /")],
		["gxit", byHost("GET /")],
	] as const) {
		const daemon = await startDaemon(t, { map, args: ["--mode", mode] });
		assert.equal((await ask(t, daemon.port, text)).text, "ok");
	}
});

test("config shows the mode that the table decides", async (t) => {
	const sessions = await mapWith(t, "gxit");
	const { stdout } = await runCli(["config", "--sessions", sessions]);
	assert.match(stdout, /^--mode +gxit /m);
	assert.match(stdout, /mode is gxit, because of the table gxitproxy in /);
});
