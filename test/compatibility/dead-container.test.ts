import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, connect, request, values } from "../support/client.js";
import {
	OK,
	STOPPED,
	startAnswering,
	startBackend,
} from "../support/container.js";
import { startChain, startProxy, startRawChain } from "../support/proxy.js";

test("a stopped container: 502, the legacy's body to the letter, and the connection lives", async (t) => {
	const alive = await startAnswering(t);
	const { port } = await startProxy(t, { abc: STOPPED, def: alive });
	const client = await connect(t, port);
	for (const text of [request("GET /"), request("GET /again")]) {
		const response = await client.send(text).response();
		assert.equal(response.status, 502);
		assert.equal(response.text, "Proxy target missing");
		assert.deepEqual(values(response.headers, "Cache-Control"), ["no-store"]);
	}
	client.send(anonymous("GET /", "Cookie: galaxysession=def"));
	assert.equal((await client.response()).text, "ok");
});

for (const [name, answer] of [
	["closes without an answer", ""],
	["closes within the head", "HTTP/1.1 200 OK\r\nContent-"],
	["does not speak HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
] as const)
	test(`a container that ${name}: the same 502`, async (t) => {
		const { client } = await startRawChain(t, async (connection) => {
			await connection.request();
			connection.send(answer);
			connection.end();
		});
		const { status, text } = await client.send(request("GET /")).response();
		assert.deepEqual([status, text], [502, "Proxy target missing"]);
	});

test("a name that does not resolve: the same 502", async (t) => {
	// No name server is asked for it, which might not answer.
	const target = { host: "container..invalid", port: 80 };
	const { port } = await startProxy(t, { abc: target });
	const client = await connect(t, port);
	const { status, text } = await client.send(request("GET /")).response();
	assert.deepEqual([status, text], [502, "Proxy target missing"]);
});

test("a container that was started again is served at once", async (t) => {
	const { client, container: first } = await startChain(t);
	assert.equal((await client.send(request("GET /")).response()).status, 200);
	await first.kill();
	assert.equal((await client.send(request("GET /")).response()).status, 502);
	const script = async (connection: {
		request(): unknown;
		send(text: string): unknown;
	}) => {
		await connection.request();
		connection.send(OK);
	};
	await startBackend(t, script, { port: first.port });
	assert.equal((await client.send(request("GET /")).response()).status, 200);
});
