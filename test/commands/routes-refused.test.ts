import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/galaxy-map.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";
import { type Row, writeSessionMap } from "../support/session-map.js";
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

function mapWith(t: TestContext, rows: Record<string, Row>): string {
	const path = join(scratchFolder(t), "map.sqlite");
	writeSessionMap(path, rows);
	return path;
}

for (const [flags, host, verdict] of CASES)
	test(`with ${flags}, ${host}:8800 is ${Object.values(verdict).join(": ")}`, async (t) => {
		const path = mapWith(t, { abc: { host, port: 8800 } });
		const target = host === "::1" ? "[::1]:8800" : `${host}:8800`;
		assert.deepEqual(await listed(path, ["abc"], flags.split(" ")), {
			abc: { target, ...verdict },
		});
	});

test("a name that is not found is refused, and told so", async (t) => {
	const path = mapWith(t, { abc: { host: "no.invalid", port: 80 } });
	const flags = ["--allow-target", "10.0.0.1"];
	const { abc } = await listed(path, ["abc"], flags);
	assert.match(JSON.stringify(abc), /refused.*its name is not found/);
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
