import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { request } from "../../support/client.js";
import { startRawChain } from "../../support/proxy.js";
import { expectAlive } from "../own-answer.js";

const MB = 1_000_000;
const TURNS = 20;
const LENGTH = `POST /, Content-Length: ${5 * MB}`;
const CHUNKS = "PUT /, Transfer-Encoding: chunked";
const PAGE = "no".repeat(10_000);

/** A container that answers the head of each request, and closes while the body is unread: its system sends a reset. */
async function startCurt(t: TestContext, answer: string) {
	const chain = await startRawChain(t, async (connection) => {
		await connection.until("\r\n\r\n");
		const { socket } = connection;
		socket.pause();
		socket.write(answer, "latin1", () => socket.destroy());
	});
	const send = (head: string): void => {
		const [first = "", ...lines] = head.split(", ");
		chain.client.send(request(first, ...lines));
		if (head === CHUNKS) chain.client.send(`${(5 * MB).toString(16)}\r\n`);
		chain.client.send(Buffer.alloc(5 * MB));
		if (head === CHUNKS) chain.client.send("\r\n0\r\n\r\n");
	};
	return { ...chain, send };
}

for (const [name, head, answer, status, text] of [
	[
		"413 with a length",
		LENGTH,
		"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
		413,
		"no",
	],
	[
		"501 without a length, in HTTP/1.0",
		LENGTH,
		"HTTP/1.0 501 Not Implemented\r\nServer: busybox\r\n\r\nno",
		501,
		"no",
	],
	[
		"401 in chunks",
		LENGTH,
		"HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
		401,
		"no",
	],
	["403 without a body", LENGTH, "HTTP/1.0 403 Forbidden\r\n\r\n", 403, ""],
	[
		"a page of 20 kB",
		LENGTH,
		`HTTP/1.0 500 Fault\r\nContent-Type: text/html\r\n\r\n${PAGE}`,
		500,
		PAGE,
	],
	[
		"405 to a body in chunks",
		CHUNKS,
		"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 2\r\n\r\nno",
		405,
		"no",
	],
] as const)
	test(`${name} arrives although the container resets the connection, and the client goes on`, async (t) => {
		const { client, send } = await startCurt(t, answer);
		for (let turn = 0; turn < TURNS; turn++) {
			send(head);
			const response = await client.response();
			assert.equal(response.status, status, response.text);
			assert.equal(response.text, text);
		}
		await expectAlive(client);
	});

test("an answer that the reset itself cuts is visibly cut", async (t) => {
	const { client, send } = await startCurt(
		t,
		"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\nno",
	);
	send(LENGTH);
	await client.closed;
	assert.ok(client.received.endsWith("\r\n\r\nno"));
});
