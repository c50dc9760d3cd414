import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { UPSTREAM_IDLE_MS } from "../../../src/limits.js";
import type { KeepAlive } from "../../../src/proxy/context.js";
import { connect, request, values } from "../../support/client.js";
import { type Answering, OK } from "../../support/container.js";
import { startChain, startRawChain } from "../../support/proxy.js";
import { exceptHeld, serveTogether } from "./held-answers.js";

/** For each request the number of its connection, and its Connection field. */
type Carried = readonly (readonly [number | undefined, string[]])[];

const CLOSE = ["close"];

const CASES: [KeepAlive, Carried][] = [
	[
		"auto",
		[
			[0, CLOSE],
			[1, CLOSE],
			[2, CLOSE],
			[3, CLOSE],
			[4, []],
			[4, []],
		],
	],
	[
		"always",
		[
			[0, []],
			[0, []],
			[0, []],
		],
	],
	[
		"never",
		[
			[0, CLOSE],
			[1, CLOSE],
			[2, CLOSE],
			[3, CLOSE],
			[4, CLOSE],
			[5, CLOSE],
		],
	],
];

for (const [keepAlive, carried] of CASES)
	test(`--keep-alive ${keepAlive}`, async (t) => {
		const received: [number | undefined, string[]][] = [];
		const { client, container } = await startChain(t, {
			answer: ({ headers }, connection) => {
				const index = container.connections.indexOf(connection);
				received.push([index, values(headers, "Connection")]);
				return OK;
			},
			keepAlive,
		});
		for (const _ of carried) {
			const { headers } = await client.send(request("GET /")).response();
			assert.deepEqual(values(headers, "Connection"), []);
		}
		assert.deepEqual(received, carried);
	});

/** A container that was asked twice, and says how long it keeps a connection. */
async function askTwice(t: TestContext, field: string): Promise<Answering> {
	const { client, container } = await startChain(t, {
		answer: `HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 2\r\n\r\nok`,
		keepAlive: "always",
	});
	await client.send(request("GET /")).response();
	await client.send(request("GET /")).response();
	return container;
}

for (const field of ["Keep-Alive: timeout=1", "Keep-Alive: max=9, timeout=0"])
	test(`a container that says ${field} gets each request on a new connection`, async (t) => {
		const { connections } = await askTwice(t, field);
		assert.equal(connections.length, 2);
		for (const connection of connections)
			assert.equal(await connection.closed, "end");
	});

test("an idle connection ends a second before the container's Keep-Alive: timeout", async (t) => {
	const asked = performance.now();
	const { connections } = await askTwice(t, "Keep-Alive: timeout=3, max=100");
	assert.equal(connections.length, 1);
	assert.equal(await connections[0]?.closed, "end");
	const kept = performance.now() - asked;
	assert.ok(kept >= 2_000 && kept < UPSTREAM_IDLE_MS, `${kept} ms`);
});

test("an idle connection of a container that says nothing ends before five seconds", async (t) => {
	const asked = performance.now();
	const { connections } = await askTwice(t, "X: y");
	assert.equal(await connections[0]?.closed, "end");
	const kept = performance.now() - asked;
	assert.ok(kept >= UPSTREAM_IDLE_MS && kept < 15_000, `${kept} ms`);
	assert.ok(UPSTREAM_IDLE_MS < 5_000);
});

test("a POST leaves the pooled connection to the next GET", async (t) => {
	const { client, container, proxy } = await startChain(t, {
		keepAlive: "always",
		answer: exceptHeld,
	});
	const held = request("GET /held");
	await serveTogether(container, [
		[await connect(t, proxy.port), held],
		[client, held],
	]);
	const post = `${request("POST /", "Content-Length: 2")}ab`;
	for (const text of [request("GET /"), post, request("GET /")])
		assert.equal((await client.send(text).response()).status, 200);
	assert.equal(container.connections.length, 3);
});

test("the connection that was used last carries the next request", async (t) => {
	const {
		client,
		container,
		proxy: { port },
	} = await startRawChain(t, undefined, { keepAlive: "always" });
	const other = await connect(t, port);
	client.send(request("GET /1"));
	const first = await container.connection(0);
	await first.request();
	other.send(request("GET /2"));
	const second = await container.connection(1);
	await second.request();

	// Both have begun to answer before one is done: so the container serves several connections at a time.
	const [begin, end] = [OK.slice(0, -1), OK.slice(-1)];
	first.send(begin);
	await client.until(begin);
	second.send(begin);
	await other.until(begin);
	first.send(end);
	await client.response();
	second.send(end);
	await other.response();
	client.send(request("GET /3"));
	await second.request();
	other.send(request("GET /4"));
	await first.request();
});
