import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { Listeners } from "../../src/proxy/listeners.js";
import { ReverseProxy } from "../../src/proxy/proxy.js";
import { ask, connect, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { DEFAULTS } from "../support/proxy.js";

/** A port that is open before anybody serves behind it. */
async function openPort(t: TestContext, places?: number) {
	const container = await startAnswering(t);
	const faults: unknown[] = [];
	const note = (error: unknown): void => {
		faults.push(error);
	};
	const listeners = new Listeners(note, places);
	const [own] = await listeners.listen("127.0.0.1", 0);
	const target = { host: container.host, port: container.port };
	const parts = {
		find: () => ({ kind: "target", target }) as const,
		page: () => undefined,
		mayHaveChanged: () => [],
		observe: () => undefined,
		internalFault: note,
	};
	const serve = (): void => {
		const proxy = new ReverseProxy(DEFAULTS, parts, listeners);
		t.after(() => proxy.stop());
	};
	return { port: own?.port ?? 0, serve, faults };
}

test("clients that connect before the proxy is loaded are answered then, and clients that have left do no harm", async (t) => {
	const { port, serve, faults } = await openPort(t);
	const waiting = await connect(t, port);
	waiting.send(request("GET /early"));
	const gone = await connect(t, port);
	gone.socket.resetAndDestroy();
	await once(gone.socket, "close");
	serve();
	assert.equal((await waiting.response()).status, 200);
	assert.equal((await ask(t, port, request("GET /later"))).status, 200);
	assert.deepEqual(faults, []);
});

test("clients over the limit are closed, and the waiting ones are served", async (t) => {
	const { port, serve, faults } = await openPort(t, 1);
	const waiting = await connect(t, port);
	const tooMany = await connect(t, port);
	await tooMany.closed;
	serve();
	waiting.send(request("GET /"));
	assert.equal((await waiting.response()).status, 200);
	assert.deepEqual(faults, []);
});
