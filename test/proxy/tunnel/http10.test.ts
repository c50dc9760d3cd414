import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, UPGRADE, values } from "../../support/client.js";
import { startClient, startRawChain } from "../../support/proxy.js";
import { expectAnswer } from "../own-answer.js";
import { SWITCHED } from "./open-tunnel.js";

const FRAME = "\x81\x05hello";
const HANDSHAKE = UPGRADE.slice(2);

/** As nginx without proxy_http_version 1.1 sends it. */
function upgrade(target = "/ws", ...lines: string[]): string {
	const [first, ...own] = [`GET ${target} HTTP/1.0`, ...lines];
	return head(first, "Host: localhost:8800", COOKIE, ...UPGRADE, ...own);
}

for (const [name, text, host] of [
	["nginx's", upgrade(), "localhost:8800"],
	[
		"one in other letters, with a list",
		head(
			"GET /ws HTTP/1.0",
			"host: galaxy.example",
			COOKIE,
			"CONNECTION: keep-alive, UPGRADE",
			"upgrade: h2c, WebSocket",
			...HANDSHAKE,
		),
		"galaxy.example",
	],
	["one in absolute form", upgrade("ws://own.example/ws"), "own.example"],
	[
		"one that asks to close",
		upgrade().replace("Connection: Upgrade", "Connection: close, upgrade"),
		"localhost:8800",
	],
] as const)
	test(`a handshake in HTTP/1.0 becomes one in HTTP/1.1: ${name}`, async (t) => {
		const { client } = await startRawChain(t, async (connection) => {
			const { target, version, headers } = await connection.request();
			assert.deepEqual([target, version], ["/ws", "1.1"]);
			assert.deepEqual(values(headers, "Host"), [host]);
			assert.deepEqual(values(headers, "Connection"), ["Upgrade"]);
			assert.deepEqual(values(headers, "Upgrade"), ["websocket"]);
			for (const line of HANDSHAKE) {
				const [field = "", value] = line.split(": ");
				assert.deepEqual(values(headers, field), [value]);
			}
			connection.send(SWITCHED);
			connection.send(await connection.take(4));
		});
		const { status, version, headers } = await client.send(text).response();
		assert.deepEqual([status, version], [101, "1.1"]);
		assert.deepEqual(values(headers, "Connection"), ["Upgrade"]);
		assert.equal((await client.send("ping").take(4)).toString(), "ping");
	});

test("a handshake in HTTP/1.0 without Host gets the container's own", async (t) => {
	const { client, container } = await startRawChain(t);
	client.send(head("GET /ws HTTP/1.0", COOKIE, ...UPGRADE));
	const upstream = await container.connection(0);
	const { headers } = await upstream.request();
	const own = `127.0.0.1:${container.port}`;
	assert.deepEqual(values(headers, "Host"), [own]);
});

test("bytes right after a handshake in HTTP/1.0 wait for the 101", async (t) => {
	const { client, container } = await startRawChain(t);
	client.send(upgrade() + FRAME);
	const upstream = await container.connection(0);
	await upstream.request();
	assert.ok(upstream.received.endsWith("\r\n\r\n"));
	upstream.send(SWITCHED);
	assert.equal((await upstream.take(7)).toString("latin1"), FRAME);
	assert.equal((await client.response()).status, 101);
});

for (const [name, answer, status, body] of [
	["403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, "no"],
	["200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok"],
	[
		"404 in chunks",
		"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngone\r\n0\r\n\r\n",
		404,
		"gone",
	],
] as const)
	test(`a handshake in HTTP/1.0 that the container answers with ${name} gets that, and its connection ends`, async (t) => {
		const { client, container } = await startRawChain(t, async (connection) => {
			await connection.request();
			connection.send(answer);
		});
		const behind = head("GET /smuggled HTTP/1.0", COOKIE);
		const response = await client.send(upgrade() + behind).response();
		assert.deepEqual([response.status, response.text], [status, body]);
		assert.deepEqual(values(response.headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
		assert.ok(!container.connections[0]?.received.includes("/smuggled"));
	});

for (const [name, text, status, words] of [
	["without a session", upgrade().replace(COOKIE, "A: b"), 403, /No inter/],
	["from a foreign page", upgrade("/", "Origin: http://evil"), 403, /origin/],
	["outside the prefix", upgrade("/b"), 404, /nothing at this address/],
	["to a stopped container", upgrade("/a"), 502, /Proxy target missing/],
] as const)
	test(`a handshake in HTTP/1.0 ${name} is answered ${status}, and its connection ends`, async (t) => {
		const stopped = { host: "no-such-host..invalid", port: 80 };
		const flags = { proxyPrefix: name === "outside the prefix" ? "/a" : "" };
		const hosts = text.replace("localhost:8800", "galaxy.example");
		const { client } = await startClient(t, { abc: stopped }, flags);
		client.send(hosts);
		await expectAnswer(client, { status, text: words, closes: true });
	});
