import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

test("a client that leaves while its session is looked up is forgotten", async (t) => {
	const target = await startAnswering(t);
	const route: Route = { kind: "target", target };
	const lookedUp: (() => void)[] = [];
	const find = () =>
		new Promise<Route>((resolve) => lookedUp.push(() => resolve(route)));
	const proxy = await startProxy(t, {}, { find });
	const client = await connect(t, proxy.port);
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
