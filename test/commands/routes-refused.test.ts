import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommandLine } from "../../src/cli/program.js";
import { judgeOf, type Verdict } from "../../src/commands/routes/verdict.js";
import { connect, request } from "../support/client.js";
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
	const config = readCommandLine(args, { env: {}, cwd: "/" });
	const judge = await judgeOf(config);
	return judge({ kind: "target", target: { host, port: 8800 } });
}

for (const [flags, host, verdict] of CASES)
	test(`with ${flags}, ${host} is ${Object.values(verdict).join(": ")}`, async () => {
		const { target, ...rest } = await judged(flags, host);
		assert.equal(target, host === "::1" ? "[::1]:8800" : `${host}:8800`);
		assert.deepEqual(rest, { reason: "", ...verdict });
	});

test("a name that is not found is refused, and told so", async () => {
	const verdict = await judged("--allow-target 10.0.0.1", "no..invalid");
	assert.equal(verdict.state, "refused");
	assert.match(verdict.reason, /its name is not found/);
});

test("the daemon with the same flags answers 502 to who is refused", async (t) => {
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
	const client = await connect(t, port);
	const { status } = await client.send(request("GET /")).response();
	assert.equal(status, 502);
});
