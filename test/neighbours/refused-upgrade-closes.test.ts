import assert from "node:assert/strict";
import { test } from "node:test";
import { OK, startAnswering } from "../support/answering.js";
import { STOPPED } from "../support/backend.js";
import { values } from "../support/message.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { anonymous, request, UPGRADE } from "../support/request-text.js";

// Behind Apache's ws:// a connection is a tunnel from the upgrade on, whatever it was answered: the next bytes on it pass
// none of Apache's rules.

const WEBSOCKET = UPGRADE;
const H2C = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"];
const BEHIND = request("GET /behind");

const CASES: [what: string, text: string, status: number][] = [
	["200 by the container", request("GET /", ...WEBSOCKET), 200],
	["200 to h2c", request("GET /", ...H2C), 200],
	[
		"200 to a POST",
		`${request("POST /", ...WEBSOCKET, "Content-Length: 1")}a`,
		200,
	],
	["403 without a session", anonymous("GET /", ...WEBSOCKET), 403],
	["403 without a session, to h2c", anonymous("GET /", ...H2C), 403],
	[
		"403 to a foreign page",
		request("GET /", ...WEBSOCKET, "Origin: https://evil.example"),
		403,
	],
	["404 outside the prefix", request("GET /outside", ...WEBSOCKET), 404],
	[
		"502 where nothing listens",
		request("GET /", ...H2C).replace("=abc", "=dead"),
		502,
	],
	[
		"400 to two sessions",
		request("GET /", ...H2C, "Cookie: galaxysession=dead"),
		400,
	],
];

for (const [what, text, status] of CASES)
	test(`an upgrade that is answered ${what} closes its connection, and nothing behind it is read`, async (t) => {
		const container = await startAnswering(t, OK);
		const proxyPrefix = what.includes("prefix") ? "/p" : "";
		const { port, exchanges } = await startProxy(
			t,
			{ abc: container, dead: STOPPED },
			{ proxyPrefix },
		);
		const client = await connect(t, port);
		const answer = await client.send(text + BEHIND).response();
		assert.equal(answer.status, status);
		assert.deepEqual(values(answer.headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
		assert.equal(exchanges.length, 1);
		const got = container.connections.map(({ received }) => received).join("");
		assert.ok(!got.includes("/behind"));
	});

test("what only looks like an upgrade keeps its connection", async (t) => {
	const container = await startAnswering(t, OK);
	const { port } = await startProxy(t, { abc: container });
	const client = await connect(t, port);
	// nginx with the blocks of old sends the first for every request.
	for (const line of ["Connection: upgrade", "Upgrade: websocket", "X: 1"])
		assert.equal(
			(await client.send(request("GET /", line)).response()).status,
			200,
		);
});
