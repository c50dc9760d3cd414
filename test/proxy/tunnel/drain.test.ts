import assert from "node:assert/strict";
import { test } from "node:test";
import { upgrade } from "../../support/client.js";
import { startRawChain } from "../../support/proxy.js";
import { GUARD_MS } from "../../support/wait.js";
import { ONE_PROCESS } from "../../support/workers.js";
import { openTunnel, SWITCHED } from "./open-tunnel.js";

/** The daemon drains for longer than the test waits. */
const NO_END = { drainTimeoutMs: 3 * GUARD_MS };

test("a proxy that drains ends its tunnels at once", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { proxy, client, container } = await openTunnel(t, NO_END);
	await proxy.proxy.drain();
	await Promise.all([client.closed, container.closed]);
	assert.equal(proxy.exchanges[0]?.termination, "KT");
});

test("an upgrade that is accepted while the proxy drains is ended soon", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container, proxy } = await startRawChain(
		t,
		undefined,
		NO_END,
	);
	client.send(upgrade());
	const upstream = await container.connection(0);
	await upstream.request();
	const drained = proxy.proxy.drain();
	upstream.send(SWITCHED);
	await drained;
	await Promise.all([client.closed, upstream.closed]);
	assert.equal(proxy.exchanges[0]?.termination, "KT");
});
