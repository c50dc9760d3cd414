import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const BODY = "2\r\nok\r\n0\r\n\r\n";
const ORIGIN = "Origin: http://galaxy.example:8080";

/** Each differs from the one before in one thing that decides about the response's head. */
const ASKING: [name: string, text: string, fields: Record<string, string[]>][] =
	[
		["plainly", request("GET /"), { "Transfer-Encoding": ["chunked"] }],
		[
			"with an Origin",
			request("GET /", ORIGIN),
			{ "Access-Control-Allow-Origin": ["http://galaxy.example:8080"] },
		],
		[
			"without it again",
			request("GET /"),
			{ "Access-Control-Allow-Origin": [], Connection: [] },
		],
		[
			"for the last time",
			request("GET /", "Connection: close"),
			{ Connection: ["close"], "Transfer-Encoding": ["chunked"] },
		],
		[
			"in HTTP/1.0",
			request("GET /").replace("HTTP/1.1", "HTTP/1.0"),
			{ Connection: ["close"], "Transfer-Encoding": [] },
		],
		// On a connection of its own.
		["for the head alone", request("HEAD /"), { "Transfer-Encoding": [] }],
	];

test("a response head that repeats goes to each client as that client asked", async (t) => {
	const container = await startAnswering(t, ({ method }) =>
		method === "HEAD" ? HEAD : HEAD + BODY,
	);
	const proxy = await startProxy(
		t,
		{ abc: container },
		{ keepAlive: "always" },
	);
	for (const [name, text, fields] of ASKING) {
		const client = await connect(t, proxy.port);
		const head = text.startsWith("HEAD");
		const response = await client.send(text).response({ head });
		assert.equal(response.text, head ? "" : "ok", name);
		for (const [field, expected] of Object.entries(fields))
			assert.deepEqual(values(response.headers, field), expected, name);
	}
	assert.equal(container.connections.length, 2);
});

test("a GET in HTTP/1.0 gets Connection: keep-alive after one in HTTP/1.1", async (t) => {
	const container = await startAnswering(t);
	const proxy = await startProxy(
		t,
		{ abc: container },
		{ keepAlive: "always" },
	);
	for (const [minor, expected] of [
		[1, []],
		[0, ["keep-alive"]],
	] as const) {
		const client = await connect(t, proxy.port);
		const text = request("GET /", "Connection: keep-alive");
		client.send(text.replace("HTTP/1.1", `HTTP/1.${minor}`));
		const { headers } = await client.response();
		assert.deepEqual(values(headers, "Connection"), expected);
	}
	assert.equal(container.connections.length, 1);
});
