import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { head, type RawClient, request } from "../support/client.js";
import { startChain } from "../support/proxy.js";
import { GUARD_MS } from "../support/wait.js";

const BODY = randomBytes(12_000_000);
const PARTS = [BODY.subarray(0, 5_000_000), BODY.subarray(5_000_000)];
const SUM = sum(BODY);

function sum(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

function chunked(): Buffer {
	const parts = PARTS.flatMap((part) => [
		Buffer.from(`${part.length.toString(16)}\r\n`),
		part,
		Buffer.from("\r\n"),
	]);
	return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

/** Takes one piece after the other, with time for all others between. */
async function readSlowly(client: RawClient): Promise<void> {
	const signal = AbortSignal.timeout(GUARD_MS);
	while (client.receivedBytes < BODY.length) {
		client.socket.resume();
		await once(client.socket, "data", { signal });
		client.socket.pause();
		await new Promise((resolve) => setImmediate(resolve));
	}
	client.socket.resume();
}

for (const [name, field, body, closes] of [
	["a length", `Content-Length: ${BODY.length}`, BODY, false],
	["chunks", "Transfer-Encoding: chunked", chunked(), false],
	["the container's end", "X: 1", BODY, true],
] as const)
	test(`12 MB arrive complete at a slow reader, ended by ${name}`, async (t) => {
		const { client } = await startChain(t, {
			answer: (_request, connection) => {
				connection.send(head("HTTP/1.1 200 OK", field)).send(body);
				if (closes) connection.end();
				return "";
			},
		});
		client.send(request("GET /"));
		await readSlowly(client);
		assert.equal(sum((await client.response()).body), SUM);
	});

for (const [name, field, body] of [
	["a length", `Content-Length: ${BODY.length}`, BODY],
	["chunks", "Transfer-Encoding: chunked", chunked()],
] as const)
	test(`12 MB arrive complete at the container, ended by ${name}`, async (t) => {
		const { client, container } = await startChain(t);
		client.send(request("POST /", field)).send(body);
		await client.response();
		assert.equal(sum(container.requests[0]?.body ?? Buffer.alloc(0)), SUM);
	});
