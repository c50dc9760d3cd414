import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { flagsIn } from "../../src/cli/program.js";
import { judgeOf, type Verdict } from "../../src/commands/routes/verdict.js";
import { configure } from "../../src/config/config.js";
import { galaxyFolder } from "../config/galaxy-folder.js";
import { ask, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { writeSessionMap } from "../support/session-map.js";
import { listed } from "./routes.js";

const READY = { state: "ready" };
const OWN = { state: "refused", reason: "the proxy's own listener" };
const OUTSIDE = { state: "refused", reason: "outside --allow-target" };

const CASES: [flags: string, host: string, verdict: object][] = [
	["--port 8800", "127.0.0.1", OWN],
	["--port 8800", "localhost", OWN],
	["--port 8800", "::1", OWN],
	["--port 8800", "127.0.0.2", READY],
	["--port 8801", "127.0.0.1", READY],
	["--port 8800 --ip 127.0.0.2", "127.0.0.2", OWN],
	["--port 8800 --ip 127.0.0.2", "127.0.0.1", READY],
	["--port 8800 --ip 0.0.0.0", "127.0.0.9", OWN],
	["--allow-target 10.0.0.0/8", "10.1.2.3", READY],
	["--allow-target 10.0.0.0/8", "11.1.2.3", OUTSIDE],
	["--allow-target localhost", "localhost", READY],
	["--allow-target 127.0.0.0/8", "localhost", READY],
	["--allow-target 127.0.0.0/8 --port 8800", "localhost", OWN],
	["--allow-target localhost", "127.0.0.1", OUTSIDE],
];

async function judged(flags: string, host: string): Promise<Verdict> {
	const args = ["--sessions", "map.sqlite", ...flags.split(" ")];
	const config = configure(flagsIn(args), { env: {}, cwd: "/" });
	const judge = await judgeOf(config);
	return judge({ kind: "target", target: { host, port: 8800 } });
}

for (const [flags, host, verdict] of CASES)
	test(`with ${flags}, ${host} is ${Object.values(verdict).join(": ")}`, async () => {
		const { target, ...rest } = await judged(flags, host);
		assert.equal(target, host === "::1" ? "[::1]:8800" : `${host}:8800`);
		assert.deepEqual(rest, { reason: "", ...verdict });
	});

test("a name that does not resolve is refused with that reason", async () => {
	const verdict = await judged("--allow-target 10.0.0.1", "no..invalid");
	assert.equal(verdict.state, "refused");
	assert.match(verdict.reason, /its name is not found/);
});

test("the daemon with the same flags answers 502 for a refused row", async (t) => {
	const daemon = await startDaemon(t, { args: ["--allow-target", "::1"] });
	const { port } = daemon;
	writeSessionMap(daemon.map, {
		abc: { host: "127.0.0.1", port },
		def: { host: "127.0.0.1", port: port - 1 },
	});
	const flags = ["--ip", "127.0.0.1", "--port", String(port)];
	for (const [allowed, reasons] of [
		["::1", [OUTSIDE.reason, OUTSIDE.reason]],
		["any", [OWN.reason, undefined]],
	] as const) {
		const all = [...flags, "--allow-target", allowed];
		const found = await listed(daemon.map, ["abc", "def"], all);
		const told = Object.values(found) as { reason?: string }[];
		assert.deepEqual(
			told.map(({ reason }) => reason),
			reasons,
		);
	}
	const { status } = await ask(t, port, request("GET /"));
	assert.equal(status, 502);
});

const REFUSED = {
	state: "refused",
	reason:
		"no container may be there: add the address to --allow-target if one is",
};

const ROWS = {
	metadata: { host: "169.254.169.254", port: 80 },
	mapped: { host: "::ffff:169.254.169.254", port: 8888 },
	bracketed: { host: "[::ffff:169.254.169.254]", port: 8888 },
	linkLocal: { host: "fe80::1", port: 8888 },
	multicast: { host: "224.0.0.1", port: 8888 },
	ssh: { host: "127.0.0.1", port: 22 },
	byName: { host: "localhost", port: 22 },
	galaxy: { host: "127.0.0.1", port: 8090 },
	container: { host: "127.0.0.1", port: 32_768 },
	elsewhere: { host: "10.0.0.1", port: 22 },
};

/** Of each row the verdict, without its target. */
async function verdicts(map: string, flags: readonly string[]) {
	const list = await listed(map, Object.keys(ROWS), flags);
	return Object.fromEntries(
		Object.entries(list).map(([key, row]) => {
			const { target, ...verdict } = row as { target: string };
			return [key, verdict];
		}),
	);
}

test("routes shows rows with targets that containers may not have as refused", async (t) => {
	const folder = galaxyFolder(t, {
		"galaxy.yml":
			"gravity:\n  gunicorn:\n    bind: localhost:8090\ngalaxy: {}\n",
	});
	const map = join(folder, "map.sqlite");
	writeSessionMap(map, ROWS);
	const config = ["--config", join(folder, "galaxy.yml")];
	const all = {
		metadata: REFUSED,
		mapped: REFUSED,
		bracketed: REFUSED,
		linkLocal: REFUSED,
		multicast: REFUSED,
		ssh: REFUSED,
		byName: REFUSED,
		galaxy: REFUSED,
		container: READY,
		elsewhere: READY,
	};
	assert.deepEqual(await verdicts(map, config), all);
	const without = await verdicts(map, []);
	assert.deepEqual(without, { ...all, galaxy: READY });
	const opened = "127.0.0.1,169.254.0.0/16,10.0.0.1";
	const { metadata, ssh, elsewhere } = await verdicts(map, [
		...config,
		"--allow-target",
		opened,
	]);
	assert.deepEqual([metadata, ssh, elsewhere], [READY, READY, READY]);
});
