import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { SINGLE_KEPT_MS } from "../../../src/limits.js";
import { ask, request } from "../../support/client.js";
import { type Backend, OK, startBackend } from "../../support/container.js";
import { type RunningProxy, startProxy } from "../../support/proxy.js";

const GETS = 3;

/** @returns the number of connections that GETs open, one after the other */
async function opened(
	t: TestContext,
	proxy: RunningProxy,
	container: Backend,
): Promise<number> {
	const before = container.connections.length;
	for (let n = 0; n < GETS; n++) await ask(t, proxy, request("GET /"));
	return container.connections.length - before;
}

test("a container that answered as if it served one connection at a time is taken for such a one for a minute", async (t) => {
	// It answers a POST only once the connection before it has ended.
	const container: Backend = await startBackend(t, async (connection) => {
		const before = container.connections.at(-2);
		for (;;) {
			const { method } = await connection.request();
			if (method === "POST") await before?.closed;
			connection.send(OK);
		}
	});
	const flags = { keepAlive: "always" } as const;
	const proxy = await startProxy(t, { abc: container }, flags);
	// On a busy machine its answer may come too late to show it.
	while ((await opened(t, proxy, container)) < GETS)
		await ask(t, proxy, request("POST /", "Content-Length: 0"));

	const now = performance.now.bind(performance);
	t.mock.method(performance, "now", () => now() + SINGLE_KEPT_MS);
	// The first one still closes its connection.
	assert.ok((await opened(t, proxy, container)) < GETS);
});
