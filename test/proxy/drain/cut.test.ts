import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, head, request } from "../../support/client.js";
import { startAnswering } from "../../support/container.js";
import { startClient } from "../../support/proxy.js";
import { ONE_PROCESS } from "../../support/workers.js";
import { openThrough, SWITCHED } from "../tunnel/open-tunnel.js";

/** More than the system's buffers take. */
const LARGE =
	head("HTTP/1.1 200 OK", "Content-Length: 20000000") + "x".repeat(20_000_000);

test("what a drain cuts is counted: requests without an answer, responses that are not taken, tunnels", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startAnswering(t, ({ target }) => {
		if (target === "/large") return LARGE;
		return target === "/slow" ? "" : SWITCHED;
	});
	const flags = { drainTimeoutMs: 500 };
	const { client, proxy } = await startClient(t, { abc: container }, flags);
	client.send(request("GET /large")).socket.pause();
	const slow = await connect(t, proxy.port);
	slow.send(request("GET /slow"));
	await container.request(1);
	await openThrough(t, proxy.port);
	await connect(t, proxy.port);
	const cut = await proxy.proxy.drain({ tunnels: 1_000 });
	assert.deepEqual(cut, { requests: 2, tunnels: 1 });
});

test("a later drain ends the tunnels that an earlier one left, and none leaves them longer", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startAnswering(t, SWITCHED);
	const { proxy } = await startClient(t, { abc: container });
	const tunnel = await openThrough(t, proxy.port);
	const drained = proxy.proxy.drain({ tunnels: 3_600_000 });
	tunnel.send("is open");
	await (await container.connection(0)).until("is open");
	void proxy.proxy.drain({ tunnels: 0 });
	void proxy.proxy.drain({ tunnels: 3_600_000 });
	await tunnel.closed;
	assert.deepEqual(await drained, { requests: 0, tunnels: 1 });
});
