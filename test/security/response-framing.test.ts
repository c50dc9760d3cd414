import assert from "node:assert/strict";
import { test } from "node:test";
import { head, request, values } from "../support/client.js";
import {
	CHUNKED,
	exceptOther,
	expectOthersServed,
	LAST_CHUNK,
	startReusingChain,
} from "./attack.js";

const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

test("both framings in a response (RFC 9112 6.3): the chunks count, no length passes, the connection is not used again", async (t) => {
	const length = `Content-Length: ${LAST_CHUNK.length + EVIL.length}`;
	const answer = head("HTTP/1.1 200 OK", length, CHUNKED) + LAST_CHUNK;
	const chain = await startReusingChain(t, {
		answer: exceptOther(answer),
	});
	const { client } = chain;
	const response = await client.send(request("GET /a")).response();
	assert.deepEqual([response.framing, response.text], ["chunked", ""]);
	assert.deepEqual(values(response.headers, "Content-Length"), []);
	await expectOthersServed(t, chain);
	assert.equal(chain.container.connections.length, 2);
	assert.ok(!client.received.includes("evil"));
});

for (const lines of [
	["Content-Length: 0", `Content-Length: ${EVIL.length}`],
	[`Content-Length: 0, ${EVIL.length}`],
	["Content-Length: -1"],
	["Content-Length: +0"],
	["Content-Length: 0x0"],
	["Content-Length:"],
	["Content-Length: 18446744073709551616"],
	["Transfer-Encoding: xchunked"],
	["Transfer-Encoding: gzip, chunked"],
	["Transfer-Encoding: identity, gzip"],
	["Transfer-Encoding: \x0bchunked"],
	[CHUNKED, "Transfer-Encoding: gzip"],
	["Content-Length : 0"],
])
	test(`a response whose end is not clear is 502 and reaches nobody: ${JSON.stringify(lines)}`, async (t) => {
		const chain = await startReusingChain(t, {
			answer: exceptOther(
				head("HTTP/1.1 200 OK", ...lines) + LAST_CHUNK + EVIL,
			),
		});
		const { client } = chain;
		assert.equal((await client.send(request("GET /a")).response()).status, 502);
		await chain.container.connections[0]?.closed;
		await expectOthersServed(t, chain);
		assert.ok(!client.received.includes("evil"));
	});

for (const rest of [
	"1\rx\r\n",
	"1 1\r\nx\r\n",
	"1\r\r\nx\r\n",
	"10000000000000001\r\nx\r\n",
	"1\r\nxx\r\n",
])
	test(`a malformed chunk of a response ends both connections: ${JSON.stringify(rest)}`, async (t) => {
		const begun = `${head("HTTP/1.1 200 OK", CHUNKED)}2\r\nok\r\n`;
		const chain = await startReusingChain(t, {
			answer: exceptOther(begun),
		});
		const { client } = chain;
		await client.send(request("GET /a")).until("\r\nok\r\n");
		const connection = await chain.container.connection(0);
		connection.send(rest + LAST_CHUNK + EVIL);
		await client.closed;
		await connection.closed;
		assert.ok(!client.received.includes(`\r\n${LAST_CHUNK}`));
		assert.ok(!client.received.includes("evil"));
		await expectOthersServed(t, chain);
	});
