import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, upgrade } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import { SWITCHED } from "./tunnel/open-tunnel.js";

/** More than is kept of what follows a request: the client is not read on before the 101. */
const EARLY = "x".repeat(300_000);

test("data right behind an upgrade arrives behind the 101, however much it is", async (t) => {
	const container = await startBackend(t);
	const proxy = await startProxy(t, { abc: container });
	const client = await connect(t, proxy.port);
	client.send(upgrade() + EARLY);
	const server = await container.connection(0);
	await server.request();
	assert.ok(server.received.endsWith("\r\n\r\n"));
	server.send(SWITCHED);
	assert.equal((await client.response()).status, 101);
	await server.until(EARLY);
});
