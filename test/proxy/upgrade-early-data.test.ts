import assert from "node:assert/strict";
import { test } from "node:test";
import { upgrade } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";
import { SWITCHED } from "./tunnel/open-tunnel.js";

/** More than is kept of what follows a request: the client is not read on before the 101. */
const EARLY = "x".repeat(300_000);

test("data right behind an upgrade arrives behind the 101, however much it is", async (t) => {
	const { client, container } = await startRawChain(t);
	client.send(upgrade() + EARLY);
	const server = await container.connection(0);
	await server.request();
	assert.ok(server.received.endsWith("\r\n\r\n"));
	server.send(SWITCHED);
	assert.equal((await client.response()).status, 101);
	await server.until(EARLY);
});
