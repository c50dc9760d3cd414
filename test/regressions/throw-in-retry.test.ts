import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import { ask, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { startClient } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

// A throw while a lost connection was reported had no handler, and would have ended the daemon.
test("an exception in the retry ends only that exchange", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(OK);
		if ((await connection.request()).target === "/dies") connection.reset();
	});
	const route: Route = { kind: "target", target: container };
	let asked = 0;
	const find = () => {
		if (++asked === 3) throw new Error("the third find throws");
		return route;
	};
	const flags = { keepAlive: "always", mayFault: true, find } as const;
	const { proxy, client } = await startClient(t, {}, flags);
	await client.send(request("GET /")).response();
	client.send(request("GET /dies"));
	assert.equal(await client.closed, "reset");
	assert.equal((await proxy.exchange(1)).termination, "I-");
	assert.equal((await ask(t, proxy, request("GET /"))).status, 200);
});
