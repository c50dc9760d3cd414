import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

test("an upload that SIGTERM meets halfway arrives whole and is answered", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, { sessions: { abc: container } });
	const client = await connect(t, daemon.port);
	client.send(`${request("PUT /", "Content-Length: 10")}hello`);
	const upstream = await container.connection(0);
	await upstream.until("hello");
	const code = daemon.stop();
	await daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);
	client.send("world");
	assert.equal((await client.response()).text, "ok");
	client.end();
	assert.equal((await container.request(0)).body.toString(), "helloworld");
	assert.equal(await code, 0);
});
