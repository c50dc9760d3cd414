import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
	anonymous,
	connect,
	head,
	type RawClient,
	request,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy, startRawChain } from "../support/proxy.js";

/** Smaller than a read, so that several wait before the container is read no more. */
const PIECE = 3_000;
/** Together more than the sockets between proxy and client hold. */
const PIECES = 5_000;

test("bytes that wait for a slow client are not overwritten by later ones", async (t) => {
	const body = Buffer.alloc(PIECE * PIECES);
	for (let n = 0; n < PIECES; n++)
		body.fill(`${n} `, n * PIECE, (n + 1) * PIECE);
	let sent = (): void => {};
	const allSent = new Promise<void>((resolve) => {
		sent = resolve;
	});
	const { client } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send(
			`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`,
		);
		for (let at = 0; at < body.length; at += PIECE) {
			connection.send(body.subarray(at, at + PIECE));
			await new Promise(setImmediate);
			await new Promise(setImmediate);
		}
		sent();
	});
	client.send(request("GET /"));
	client.socket.pause();
	await allSent;
	client.socket.resume();
	const response = await client.response();
	assert.ok(response.body.equals(body));
});

const BODY = randomBytes(8_000_000);
const OTHERS = Buffer.alloc(4_000_000, "x");
const STEP = 150_000;
/** Turns of the event loop after which an incomplete response is waiting for its client. */
const STILL = 2_000;

function bodyOf(length: number): Buffer {
	return BODY.subarray(0, length);
}

async function download(client: RawClient, text: string): Promise<Buffer> {
	return (await client.send(text).response()).body;
}

test("bytes that wait for a client are not overwritten by later downloads on the same connection", async (t) => {
	const container = await startAnswering(t, ({ target }, connection) => {
		const body = bodyOf(Number(target.slice(1)));
		connection.send(head("HTTP/1.1 200 OK", `Content-Length: ${body.length}`));
		return body;
	});
	const other = await startAnswering(t, (_request, connection) => {
		connection.send(
			head("HTTP/1.1 200 OK", `Content-Length: ${OTHERS.length}`),
		);
		return OTHERS;
	});
	const proxy = await startProxy(
		t,
		{ abc: container, other },
		{ keepAlive: "always" },
	);
	let waited = 0;
	for (let length = STEP; length < BODY.length; length += STEP) {
		const before = proxy.exchanges.length;
		const slow = await connect(t, proxy.port);
		slow.send(request(`GET /${length}`)).socket.pause();
		for (let still = 0; still < STILL; still++) {
			if (proxy.exchanges.length > before) break;
			await turn();
		}
		if (proxy.exchanges.length === before) break;
		const next = await connect(t, proxy.port);
		const whole = await download(next, request(`GET /${BODY.length}`));
		assert.ok(whole.equals(BODY));
		const cookie = "Cookie: galaxysession=other";
		await download(await connect(t, proxy.port), anonymous("GET /", cookie));
		slow.socket.resume();
		const { body } = await slow.response();
		assert.ok(body.equals(bodyOf(length)), `${length} bytes`);
		waited++;
	}
	assert.equal(container.connections.length, 1);
	assert.ok(waited > 5, `${waited} downloads`);
});
