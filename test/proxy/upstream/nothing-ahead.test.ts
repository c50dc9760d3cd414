import assert from "node:assert/strict";
import { test } from "node:test";
import { request, values } from "../../support/client.js";
import { OK, startAnswering, startBackend } from "../../support/container.js";
import { startClient, startRawChain } from "../../support/proxy.js";

const FLAGS = { keepAlive: "always" } as const;
const BODY = "b".repeat(300_000);

// R's httpuv closes without a word when a second request is on its connection.
for (const keepAlive of ["always", "never"] as const)
	test(`a pipelined request waits until the one before is answered: --keep-alive ${keepAlive}`, async (t) => {
		const { client, container } = await startRawChain(t, undefined, {
			keepAlive,
		});
		client.send(request("GET /first") + request("GET /second"));
		const first = await container.connection(0);
		await first.request();
		first.send(OK.slice(0, -1));
		await client.until("\r\n\r\no");
		assert.equal(container.connections.length, 1);
		assert.ok(!first.received.includes("/second"));
		first.send(OK.slice(-1));
		const next = await container.connection(keepAlive === "always" ? 0 : 1);
		assert.equal((await next.request()).target, "/second");
	});

// httpuv, Bokeh, NiceGUI and Gradio then close without an answer.
for (const [name, text] of [
	["a GET", request("GET /")],
	["a GET of a client that closes", request("GET /", "Connection: close")],
	["a POST", `${request("POST /", "Content-Length: 2")}ab`],
	[
		"a PUT in chunks",
		`${request("PUT /", "Transfer-Encoding: chunked")}2\r\nab\r\n0\r\n\r\n`,
	],
] as const)
	test(`no FIN is sent before ${name} is answered`, async (t) => {
		const container = await startBackend(
			t,
			async (connection) => {
				await connection.request();
				connection.send(OK.slice(0, -1));
			},
			{ halfOpen: true },
		);
		const { client } = await startClient(t, { abc: container }, FLAGS);
		await client.send(text).until("\r\n\r\no");
		const upstream = await container.connection(0);
		assert.equal(upstream.ending, undefined);
		upstream.send(OK.slice(-1));
		assert.equal((await client.response()).text, "ok");
	});

// httpuv answers chunks with 413.
for (const pieces of [1, 30])
	test(`a body of known length is sent with that length, never in chunks: ${pieces} pieces`, async (t) => {
		const container = await startAnswering(t);
		const { client } = await startClient(t, { abc: container }, FLAGS);
		client.send(request("POST /", `Content-Length: ${BODY.length}`));
		const size = BODY.length / pieces;
		for (let piece = 0; piece < pieces; piece++)
			client.send(BODY.slice(piece * size, (piece + 1) * size));
		await client.response();
		const { headers, body } = await container.request(0);
		assert.deepEqual(values(headers, "Content-Length"), [`${BODY.length}`]);
		assert.deepEqual(values(headers, "Transfer-Encoding"), []);
		assert.equal(body.length, BODY.length);
	});
