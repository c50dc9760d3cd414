import assert from "node:assert/strict";
import { test } from "node:test";
import { UPSTREAM_IDLE_MS } from "../../../src/limits.js";
import { type Route, UNKNOWN } from "../../../src/route.js";
import { as, connect, request } from "../../support/client.js";
import { startAnswering, startBackend } from "../../support/container.js";
import { startClient } from "../../support/proxy.js";
import { exceptHeld, serveTogether } from "./held-answers.js";

const FLAGS = { keepAlive: "always" } as const;

for (const [name, became] of [
	["removed", () => UNKNOWN],
	["moved", (host, port) => ({ kind: "target", target: { host, port } })],
] as [string, (host: string, port: number) => Route][])
	test(`the idle connection of a session that was ${name} ends at once`, async (t) => {
		const before = await startAnswering(t, exceptHeld);
		const now = await startAnswering(t);
		const { proxy, client } = await startClient(
			t,
			{ abc: before, other: before },
			FLAGS,
		);
		const otherClient = await connect(t, proxy.port);
		const held = request("GET /held");
		// The other one is idle for longer, and so would end before by its own time.
		await serveTogether(before, [
			[otherClient, as("other", held)],
			[client, held],
		]);
		proxy.routes.set("abc", became(now.host, now.port));
		proxy.proxy.recheck();
		const [kept, idle] = before.connections;
		assert.equal(await idle?.closed, "end");
		assert.equal(kept?.ending, undefined);
		await client.send(as("other", request("GET /"))).response();
		assert.equal(before.connections.length, 2);
	});

test("a request in flight of a moved session continues, its connection is not reused", async (t) => {
	const before = await startBackend(t, (connection) => connection.request());
	const now = await startAnswering(t);
	const { proxy, client } = await startClient(t, { abc: before }, FLAGS);
	client.send(request("GET /"));
	const upstream = await before.connection(0);
	await upstream.until("\r\n\r\n");
	const { host, port } = now;
	proxy.routes.set("abc", { kind: "target", target: { host, port } });
	proxy.proxy.recheck();
	upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbefore");
	assert.equal((await client.response()).text, "before");
	const answered = performance.now();
	assert.equal(await upstream.closed, "end");
	assert.ok(performance.now() - answered < UPSTREAM_IDLE_MS);
	assert.equal((await client.send(request("GET /")).response()).text, "ok");
	assert.equal(now.requests.length, 1);
});
