import assert from "node:assert/strict";
import { test } from "node:test";
import { head, UPGRADE, values } from "../support/client.js";
import {
	byHost,
	byPath,
	KEY,
	startToolChain,
	TOKEN,
	TOOL_PATH,
} from "../support/tools.js";

const COOKIE = "Set-Cookie: _xsrf=2|a; Domain=galaxy.example; Path=/; Secure";
const CONFINED = [`_xsrf=2|a; Path=${TOOL_PATH}; Secure`];
const AS_SENT = [COOKIE.slice("Set-Cookie: ".length)];
const confine = { cookiePaths: "confine" } as const;
const OLDER = `/interactivetool/access/interactivetoolentrypoint/${KEY}/${TOKEN}`;

const SWITCH = ["Connection: Upgrade", "Upgrade: websocket"];
for (const [what, first, more, fields] of [
	["an answer", "HTTP/1.1 200 OK", ["Content-Length: 0"], []],
	["a redirect", "HTTP/1.1 302 Found", ["Content-Length: 0"], []],
	["an early hint", "HTTP/1.1 103 Early Hints", [], []],
	["the answer to an upgrade", "HTTP/1.1 101 Yes", SWITCH, UPGRADE],
] as const)
	test(`by path the cookies of ${what} are confined to the tool`, async (t) => {
		const answer = head(first, COOKIE, "Set-Cookie:a=1;Path=/b", ...more);
		const { client } = await startToolChain(t, { ...confine, answer });
		client.send(byPath("GET /lab", ...fields));
		const { headers } = await client.response();
		const cookies = values(headers, "Set-Cookie");
		assert.deepEqual(cookies, [...CONFINED, `a=1;Path=${TOOL_PATH}/b`]);
	});

const answer = head("HTTP/1.1 200 OK", COOKIE, "Content-Length: 0");

test("--cookie-paths keep leaves them as sent, and by domain they always are", async (t) => {
	for (const [cookiePaths, request] of [
		["keep", byPath("GET /")],
		["confine", byHost("GET /")],
	] as const) {
		const { client } = await startToolChain(t, { cookiePaths, answer });
		const { headers } = await client.send(request).response();
		assert.deepEqual(values(headers, "Set-Cookie"), AS_SENT);
	}
});

test("a head that the tool repeats byte for byte is derived for each way to the tool", async (t) => {
	const keepAlive = "always";
	const { client, container } = await startToolChain(t, {
		...confine,
		answer,
		keepAlive,
	});
	const byOlder = head(`GET ${OLDER}/ HTTP/1.1`, "Host: galaxy.example");
	const asOlder = CONFINED.map((line) => line.replace(TOOL_PATH, OLDER));
	for (const [request, expected] of [
		[byPath("GET /"), CONFINED],
		[byPath("GET /"), CONFINED],
		[byHost("GET /"), AS_SENT],
		[byOlder, asOlder],
		[byPath("GET /lab"), CONFINED],
	] as const) {
		const { headers } = await client.send(request).response();
		assert.deepEqual(values(headers, "Set-Cookie"), expected);
	}
	assert.equal(container.connections.length, 1);
});
