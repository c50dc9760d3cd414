import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";

/** Smaller than a read, so that several wait before the container is read no more. */
const PIECE = 3_000;
/** Together more than the sockets between proxy and client hold. */
const PIECES = 5_000;

test("bytes that wait for a slow client are not written over by those behind them", async (t) => {
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
