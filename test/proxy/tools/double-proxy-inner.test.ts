import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, head, UPGRADE } from "../../support/client.js";
import { type Answering, startAnswering } from "../../support/container.js";
import { startInner } from "../../support/double-proxy.js";
import { exceptHeld, serveTogether } from "../upstream/held-answers.js";

function forwarded(
	{ host, port }: Pick<Answering, "host" | "port">,
	target = "/",
): string {
	return head(
		`GET ${target} HTTP/1.1`,
		"Host: tool.example",
		`X-Interactive-Tool-Host: ${host}`,
		`X-Interactive-Tool-Port: ${port}`,
	);
}

test("a request that names no container is refused", async (t) => {
	const inner = await startInner(t);
	const both = ["X-Interactive-Tool-Host: a", "X-Interactive-Tool-Host: b"];
	for (const lines of [[], UPGRADE, both]) {
		const client = await connect(t, inner.port);
		client.send(head("GET / HTTP/1.1", "Host: a.example", ...lines));
		const { status, body } = await client.response();
		assert.equal(status, 404);
		assert.match(body.toString(), /inner end of a double proxy/);
	}
});

test("a container outside --allow-target is refused", async (t) => {
	const container = await startAnswering(t);
	const inner = await startInner(t, { allowTarget: ["10.0.0.0/8"] });
	const client = await connect(t, inner.port);
	client.send(forwarded(container));
	assert.equal((await client.response()).status, 502);
	assert.equal((await inner.exchange(0)).fault, "targetNotAllowed");
	assert.equal(container.connections.length, 0);
});

test("the inner proxy does not lead to itself", async (t) => {
	const inner = await startInner(t);
	const client = await connect(t, inner.port);
	client.send(forwarded({ host: "127.0.0.1", port: inner.port }));
	assert.equal((await client.response()).status, 502);
	assert.equal((await inner.exchange(0)).fault, "ownListener");
});

test("connections to containers are reused within a client's connection only", async (t) => {
	const container = await startAnswering(t, exceptHeld);
	const inner = await startInner(t, { keepAlive: "always" });
	const [first, second] = [
		await connect(t, inner.port),
		await connect(t, inner.port),
	];
	const held = forwarded(container, "/held");
	await serveTogether(container, [
		[first, held],
		[second, held],
	]);
	for (const [client, clients] of [
		[first, 2],
		[second, 2],
		[await connect(t, inner.port), 3],
	] as const) {
		for (let request = 0; request < 3; request++) {
			client.send(forwarded(container));
			assert.equal((await client.response()).status, 200);
		}
		assert.equal(container.connections.length, clients);
	}
});

test("the connections to containers end with the client's", async (t) => {
	const container = await startAnswering(t);
	const inner = await startInner(t, { keepAlive: "always" });
	const client = await connect(t, inner.port);
	client.send(forwarded(container));
	await client.response();
	const upstream = await container.connection(0);
	client.destroy();
	await upstream.closed;
	assert.equal(inner.proxy.load().idle, 0);
});

test("one outer proxy may take all places for clients", async (t) => {
	const container = await startAnswering(t);
	const inner = await startInner(t, { maxClients: 4, trustProxy: [] });
	const clients = await Promise.all(
		[1, 2, 3, 4].map(() => connect(t, inner.port)),
	);
	for (const client of clients) {
		client.send(forwarded(container));
		assert.equal((await client.response()).status, 200);
	}
});
