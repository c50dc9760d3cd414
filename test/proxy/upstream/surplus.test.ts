import assert from "node:assert/strict";
import { test } from "node:test";
import { UPSTREAM_IDLE_MS } from "../../../src/limits.js";
import { request } from "../../support/client.js";
import { OK } from "../../support/container.js";
import { startRawChain } from "../../support/proxy.js";

const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
const FLAGS = { keepAlive: "always" } as const;

for (const [name, method, answer] of [
	["a length", "GET", OK],
	[
		"chunks",
		"GET",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
	],
	["no body", "GET", "HTTP/1.1 204 No Content\r\n\r\n"],
	[
		"the answer to HEAD",
		"HEAD",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
	],
] as const)
	test(`bytes after ${name} end the connection and reach nobody`, async (t) => {
		const { client, container } = await startRawChain(
			t,
			async (connection) => {
				await connection.request();
				const surplus = container.connections.length === 1 ? EVIL : "";
				connection.send(answer + surplus);
			},
			FLAGS,
		);
		const options = { head: method === "HEAD" };
		await client.send(request(`${method} /`)).response(options);
		await client.send(request(`${method} /`)).response(options);
		assert.equal(container.connections.length, 2);
		assert.ok(!client.received.includes("evil"));
		await (await container.connection(0)).closed;
	});

test("bytes on an idle connection end it and reach nobody", async (t) => {
	const { client, container } = await startRawChain(
		t,
		async (connection) => {
			await connection.request();
			connection.send(OK);
		},
		FLAGS,
	);
	await client.send(request("GET /")).response();
	const pooled = await container.connection(0);
	const sent = performance.now();
	await pooled.send(EVIL).closed;
	assert.ok(performance.now() - sent < UPSTREAM_IDLE_MS);
	assert.equal((await client.send(request("GET /")).response()).text, "ok");
	assert.equal(container.connections.length, 2);
});
