import assert from "node:assert/strict";
import { test } from "node:test";
import {
	anonymous,
	as,
	connect,
	request,
	UPGRADE,
	values,
} from "../support/client.js";
import { STOPPED, startAnswering } from "../support/container.js";
import { startChain, startProxy } from "../support/proxy.js";

// Apache's ws:// makes every connection with an upgrade a tunnel, whatever the answer: its rules do not apply to later bytes.

const WEBSOCKET = UPGRADE;
const H2C = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"];
const LENGTH = "Content-Length: 1";
const FOREIGN = "Origin: https://evil.example";
const DEAD = "Cookie: galaxysession=dead";
const NEXT = request("GET /next");

const CASES: [what: string, text: string, status: number][] = [
	["200 by the container", request("GET /", ...WEBSOCKET), 200],
	["200 to h2c", request("GET /", ...H2C), 200],
	[
		"200 to no protocol",
		request("GET /", "Connection: Upgrade", "Upgrade:"),
		200,
	],
	["200 to a POST", `${request("POST /", ...WEBSOCKET, LENGTH)}a`, 200],
	["403 without a session", anonymous("GET /", ...WEBSOCKET), 403],
	["403 without a session, to h2c", anonymous("GET /", ...H2C), 403],
	["403 to a foreign page", request("GET /", ...WEBSOCKET, FOREIGN), 403],
	["404 outside the prefix", request("GET /outside", ...WEBSOCKET), 404],
	["502 if nothing listens", as("dead", request("GET /", ...H2C)), 502],
	["400 to two sessions", request("GET /", ...H2C, DEAD), 400],
];

for (const [what, text, status] of CASES)
	test(`an upgrade that is answered ${what} closes its connection, and no later byte is read`, async (t) => {
		const container = await startAnswering(t);
		const proxyPrefix = what.includes("prefix") ? "/p" : "";
		const proxy = await startProxy(
			t,
			{ abc: container, dead: STOPPED },
			{ proxyPrefix },
		);
		const client = await connect(t, proxy.port);
		const answer = await client.send(text + NEXT).response();
		assert.equal(answer.status, status);
		assert.deepEqual(values(answer.headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
		await proxy.exchange(0);
		assert.equal(proxy.exchanges.length, 1);
		const got = container.connections.map(({ received }) => received).join("");
		assert.ok(!got.includes("/next"));
	});

test("a request with half of the upgrade fields keeps its connection", async (t) => {
	const { client } = await startChain(t);
	// nginx with the older documented blocks sends the first for every request.
	for (const line of ["Connection: upgrade", "Upgrade: websocket", "X: 1"]) {
		const { status } = await client.send(request("GET /", line)).response();
		assert.equal(status, 200);
	}
});
