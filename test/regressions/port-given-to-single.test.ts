import assert from "node:assert/strict";
import { test } from "node:test";
import { UPSTREAM_IDLE_MS } from "../../src/limits.js";
import { as, ask, connect, request } from "../support/client.js";
import { OK, startAnswering, startBackend } from "../support/container.js";
import { freePort } from "../support/free-port.js";
import { startProxy } from "../support/proxy.js";

// What was known about a container was believed of the next one on its port, for ten minutes: a page from a server that
// serves one connection at a time waited four seconds for each connection that was kept.
test("a new session's container on a known port is not taken for the former one", async (t) => {
	const port = await freePort();
	const former = await startAnswering(t, OK, { port });
	const sessions = { abc: former, other: former };
	const proxy = await startProxy(t, sessions, { keepAlive: "always" });
	// The second connection is answered while the first one is kept: it serves several at a time.
	const [first, second] = [
		await connect(t, proxy.port),
		await connect(t, proxy.port),
	];
	for (const client of [first, second]) client.send(request("GET /"));
	for (const client of [first, second]) await client.response();
	assert.equal(former.connections.length, 2);
	const ends = former.connections.map(({ closed }) => closed);
	await former.kill();
	await Promise.all(ends);

	let turn: Promise<unknown> = Promise.resolve();
	await startBackend(
		t,
		async (connection) => {
			const before = turn;
			turn = connection.closed;
			await before;
			for (;;) {
				await connection.request();
				connection.send(OK);
			}
		},
		{ port },
	);
	const begun = performance.now();
	const files = [1, 2].map((n) =>
		ask(t, proxy, as("other", request(`GET /${n}`))),
	);
	for (const { text } of await Promise.all(files)) assert.equal(text, "ok");
	assert.ok(performance.now() - begun < UPSTREAM_IDLE_MS);
});
