import assert from "node:assert/strict";
import { test } from "node:test";
import { startBackend } from "../support/backend.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { upgrade } from "../support/request-text.js";
import { openTunnel, SWITCHED } from "./open-tunnel.js";

test("a proxy that drains ends its tunnels at once", async (t) => {
	const { proxy, client, container } = await openTunnel(t);
	const asked = performance.now();
	await proxy.proxy.drain();
	await Promise.all([client.closed, container.closed]);
	assert.ok(performance.now() - asked < 1_000);
	assert.equal(proxy.exchanges[0]?.termination, "KT");
});

test("an upgrade that is agreed to while the proxy drains is no tunnel for long", async (t) => {
	const container = await startBackend(t);
	const proxy = await startProxy(t, { abc: container });
	const client = await connect(t, proxy.port);
	client.send(upgrade());
	const upstream = await container.connection(0);
	await upstream.request();
	const asked = performance.now();
	const drained = proxy.proxy.drain();
	upstream.send(SWITCHED);
	await drained;
	await Promise.all([client.closed, upstream.closed]);
	assert.ok(performance.now() - asked < 1_000);
	assert.equal(proxy.exchanges[0]?.termination, "KT");
});
