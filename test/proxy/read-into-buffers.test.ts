import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startClient } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

test("an accepted connection is read without events", {
	skip: ONE_PROCESS,
}, async (t) => {
	const accepted: Socket[] = [];
	const collect = (message: unknown) =>
		accepted.push((message as { socket: Socket }).socket);
	subscribe("net.server.socket", collect);
	t.after(() => unsubscribe("net.server.socket", collect));
	const { proxy, client } = await startClient(t, {});
	client.send(request("GET /"));
	await client.response();
	const ours = accepted.find(({ localPort }) => localPort === proxy.port);
	assert.equal(ours?.listenerCount("data"), 0);
});
