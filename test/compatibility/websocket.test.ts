import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request, upgrade, values } from "../support/client.js";
import {
	OK,
	STOPPED,
	startAnswering,
	startBackend,
} from "../support/container.js";
import { startChain, startProxy, startRawChain } from "../support/proxy.js";

const SWITCHED =
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org\r\n\r\n";

test("an upgrade is passed with its fields; then bytes go both ways as they are", async (t) => {
	const { client } = await startRawChain(t, async (connection) => {
		const asked = await connection.request();
		const of = (name: string) => values(asked.headers, name);
		assert.deepEqual(of("Connection"), ["Upgrade"]);
		assert.deepEqual(of("Upgrade"), ["websocket"]);
		assert.deepEqual(of("Sec-WebSocket-Key"), ["dGhlIHNhbXBsZSBub25jZQ=="]);
		connection.send(`${SWITCHED}\x81\x02hi`);
		connection.send(await connection.take(4));
	});
	client.send(upgrade("/api/kernels/1/channels"));
	const { status, headers } = await client.response();
	assert.equal(status, 101);
	assert.deepEqual(values(headers, "Sec-WebSocket-Protocol"), [
		"v1.kernel.websocket.jupyter.org",
	]);
	assert.equal((await client.take(4)).toString("latin1"), "\x81\x02hi");
	client.send("\x00\xff\r\n");
	assert.equal((await client.take(4)).toString("latin1"), "\x00\xff\r\n");
});

test("an upgrade that the container refuses is answered with its refusal", async (t) => {
	const refusal =
		"HTTP/1.1 403 Forbidden\r\nX-Reason: xsrf\r\nContent-Length: 2\r\n\r\nno";
	const { client } = await startChain(t, { answer: refusal });
	const { status, text, headers } = await client.send(upgrade()).response();
	assert.deepEqual([status, text], [403, "no"]);
	assert.deepEqual(values(headers, "X-Reason"), ["xsrf"]);
});

// The legacy sent the bare text, without a status line.
test("an upgrade to a stopped container is answered in proper HTTP", async (t) => {
	const { port } = await startProxy(t, { abc: STOPPED });
	const client = await connect(t, port);
	const { status, text } = await client.send(upgrade()).response();
	assert.deepEqual([status, text], [502, "Proxy target missing"]);
});

// Each of these ended the legacy's process.
test("upgrades without a session, or given up before their answer, harm nobody", async (t) => {
	const silent = await startBackend(t, (connection) => connection.request());
	const other = await startAnswering(t, OK);
	const proxy = await startProxy(t, { gone: silent, abc: other });
	const refused = await connect(t, proxy.port);
	refused.send(upgrade().replace("abc", "zzz"));
	assert.equal((await refused.response()).status, 403);

	const gone = await connect(t, proxy.port);
	gone.send(upgrade().replace("abc", "gone"));
	const upstream = await silent.connection(0);
	await upstream.until("\r\n\r\n");
	gone.reset();
	await upstream.closed;

	const next = await connect(t, proxy.port);
	assert.equal((await next.send(request("GET /")).response()).status, 200);
});

const PLAIN: [name: string, text: string][] = [
	[
		"h2c",
		request(
			"GET /",
			"Connection: Upgrade, HTTP2-Settings",
			"Upgrade: h2c",
			"HTTP2-Settings: AAMAAABk",
		),
	],
	["a post", upgrade().replace("GET", "POST")],
	["HTTP/1.0", upgrade().replace("HTTP/1.1", "HTTP/1.0")],
	["a body", `${upgrade("/", "Content-Length: 2")}hi`],
];

// The legacy closed the socket without an answer.
for (const [name, text] of PLAIN)
	test(`${name} with Upgrade goes on as a plain request`, async (t) => {
		const { client, container } = await startChain(t);
		assert.equal((await client.send(text).response()).status, 200);
		const { headers } = await container.request(0);
		for (const field of ["Upgrade", "HTTP2-Settings"])
			assert.deepEqual(values(headers, field), []);
	});
