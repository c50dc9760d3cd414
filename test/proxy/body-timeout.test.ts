import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";
import { expectAnswer } from "./own-answer.js";

const FLAGS = { bodyTimeoutMs: 200 };
const SLOW = {
	status: 408,
	text: /^The request did not arrive in time/,
	closes: true,
};

for (const [name, field, part] of [
	["length", "Content-Length: 9", "abc"],
	["chunks", "Transfer-Encoding: chunked", "3\r\nabc\r\n"],
	["length, nothing sent", "Content-Length: 9", ""],
] as const)
	test(`408 and close for a body that stops: ${name}`, async (t) => {
		const { client, container, proxy } = await startRawChain(
			t,
			undefined,
			FLAGS,
		);
		client.send(request("POST /", field) + part);
		await expectAnswer(client, SLOW);
		assert.equal((await proxy.exchange(0)).termination, "cR");
		await (await container.connection(0)).closed;
	});

test("time in which the container does not read is not the client's", async (t) => {
	const { client, proxy } = await startRawChain(
		t,
		(connection) => {
			connection.socket.pause();
		},
		FLAGS,
	);
	client.send(request("POST /", "Content-Length: 40000000"));
	client.send(Buffer.alloc(40_000_000));
	const { status } = await client.response();
	assert.equal(status, 504);
	assert.equal((await proxy.exchange(0)).termination, "sH");
});
