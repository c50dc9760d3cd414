import assert from "node:assert/strict";
import { test } from "node:test";
import { LINGER_MS } from "../../../src/limits.js";
import type { Route } from "../../../src/route.js";
import { ask, connect, request, upgrade } from "../../support/client.js";
import {
	type BackendConnection,
	OK,
	startAnswering,
} from "../../support/container.js";
import { startClient, startRawChain } from "../../support/proxy.js";
import { ONE_PROCESS } from "../../support/workers.js";

const BEGUN = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun";

for (const [name, text, answer, termination] of [
	["before the answer", request("GET /"), "", "CH"],
	["within an upgrade", upgrade(), "", "CH"],
	[
		"within its own body",
		`${request("POST /", "Content-Length: 9")}ab`,
		"",
		"CR",
	],
	["within the answer", request("GET /"), BEGUN, "CD"],
] as const)
	for (const leave of ["end", "reset"] as const)
		test(`a client that leaves (${leave}) ${name} ends the container's connection`, async (t) => {
			const { client, container, proxy } = await startRawChain(
				t,
				(connection) => {
					if (answer !== "") connection.send(answer);
				},
			);
			client.send(text);
			const upstream = await container.connection(0);
			await upstream.until("\r\n\r\n");
			if (answer !== "") await client.until("begun");
			const left = performance.now();
			client[leave]();
			await upstream.closed;
			assert.ok(performance.now() - left < LINGER_MS);
			assert.equal((await proxy.exchange(0)).termination, termination);
		});

test("a pooled connection ends too, and the request is not sent again", async (t) => {
	const once = async (connection: BackendConnection) => {
		await connection.request();
		connection.send(OK);
	};
	const { client, container, proxy } = await startRawChain(t, once, {
		keepAlive: "always",
	});
	await client.send(request("GET /")).response();
	const upstream = await container.connection(0);
	client.send(request("GET /second"));
	await upstream.until("/second");
	client.end();
	await upstream.closed;
	await proxy.exchange(1);
	await ask(t, proxy, request("GET /"));
	assert.equal(container.connections.length, 2);
});

test("a client that leaves during the lookup of its session is forgotten", {
	skip: ONE_PROCESS,
}, async (t) => {
	const target = await startAnswering(t);
	const route: Route = { kind: "target", target };
	const lookedUp: (() => void)[] = [];
	const find = () =>
		new Promise<Route>((resolve) => lookedUp.push(() => resolve(route)));
	const { proxy, client } = await startClient(t, {}, { find });
	client.send(request("GET /gone")).end();
	assert.equal((await proxy.exchange(0)).termination, "CC");
	const next = await connect(t, proxy.port);
	next.send(request("GET /next")).send("");
	lookedUp[0]?.();
	const answered = next.response();
	while (lookedUp.length < 2) await new Promise(setImmediate);
	lookedUp[1]?.();
	await answered;
	assert.equal(target.connections.length, 1);
	assert.equal(proxy.exchanges.length, 2);
});
