import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";
import { expectPassed, SMUGGLED } from "./attack.js";

const LENGTH = `Content-Length: ${SMUGGLED.length}`;
const answer = (text: string): string =>
	`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND"])
	test(`CL.0, 0.CL (RFC 9112 6.3): a request in the body of ${method} stays a body`, async (t) => {
		await expectPassed(t, request(`${method} /a`, LENGTH) + SMUGGLED, [
			["/a", SMUGGLED],
		]);
	});

test("CL.0: a container that takes the body for a request answers nobody with it", async (t) => {
	const {
		client,
		container,
		proxy: { port },
	} = await startRawChain(
		t,
		async (connection) => {
			for (;;) {
				let line = await connection.line();
				const target = line.split(" ")[1] ?? "";
				while (line !== "") line = await connection.line();
				connection.send(answer(target));
			}
		},
		{ keepAlive: "always" },
	);
	client.send(request("POST /a", LENGTH) + SMUGGLED);
	assert.equal((await client.response()).text, "/a");
	for (const each of [client, await connect(t, port)]) {
		const response = await each.send(request("GET /next")).response();
		assert.equal(response.text, "/next");
	}
	const first = await container.connection(0);
	await first.closed;
	assert.ok(!first.received.includes("/next"));
	assert.ok(!client.received.includes("/smuggled"));
});

test("CL.0: a container that answers before the body gets no second request on that connection", async (t) => {
	const { client, container } = await startRawChain(
		t,
		async (connection) => {
			await connection.until("\r\n\r\n");
			connection.send(answer("early"));
		},
		{ keepAlive: "always" },
	);
	client.send(request("POST /a", LENGTH));
	assert.equal((await client.response()).text, "early");
	const first = await container.connection(0);
	client.send(SMUGGLED + request("GET /next"));
	assert.equal((await client.response()).text, "early");
	await first.closed;
	assert.ok(!first.received.includes("/next"));
	assert.equal(container.connections.length, 2);
});
