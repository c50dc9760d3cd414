import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, request } from "../support/client.js";
import { OK } from "../support/container.js";
import { startChain } from "../support/proxy.js";

const HINTS = head("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload");
const PROCESSING = head("HTTP/1.1 102 Processing");

for (const [name, text, passed] of [
	["a browser", request("GET /"), [102, 103, 200]],
	[
		"a browser's upgrade to nothing we know",
		request("GET /", "Connection: upgrade", "Upgrade: h2c"),
		[102, 103, 200],
	],
	[
		"a front proxy that says for whom",
		request("GET /", "X-Forwarded-For: 1.1.1.1"),
		[102, 200],
	],
	["a front proxy that says Via", request("GET /", "Via: 1.1 x"), [102, 200]],
	[
		"a front proxy that says X-Real-IP",
		request("GET /", "X-Real-IP: 1.1.1.1"),
		[102, 200],
	],
	[
		"the seed's kernels location",
		request("GET /", "Connection: upgrade"),
		[102, 200],
	],
	["an HTTP/1.0 client", head("GET / HTTP/1.0", COOKIE), [200]],
] as const)
	test(`interim answers to ${name}`, async (t) => {
		const { client } = await startChain(t, { answer: PROCESSING + HINTS + OK });
		client.send(text);
		for (const status of passed)
			assert.equal((await client.response()).status, status);
	});

test("interim answers byte by byte", async (t) => {
	const { client } = await startChain(t, {
		answer: (_request, connection) => {
			for (const byte of HINTS + OK) connection.send(byte);
			return "";
		},
	});
	client.send(request("GET /"));
	const hints = await client.response();
	assert.deepEqual(hints.headers, [["Link", "</a.css>; rel=preload"]]);
	assert.equal((await client.response()).text, "ok");
});
