import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Listeners } from "../../src/proxy/listeners.js";
import { createProxy } from "../../src/proxy/proxy.js";
import { startAnswering } from "../support/answering.js";
import { DEFAULTS } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

test("who connects before what serves is loaded is answered then, and who has gone meanwhile harms nobody", async (t) => {
	const container = await startAnswering(t);
	const faults: unknown[] = [];
	const note = (error: unknown): void => {
		faults.push(error);
	};
	const listeners = new Listeners(note);
	const [own] = await listeners.listen("127.0.0.1", 0);
	const port = own?.port ?? 0;
	const waiting = await connect(t, port);
	waiting.send(request("GET /early"));
	const gone = await connect(t, port);
	gone.socket.resetAndDestroy();
	await once(gone.socket, "close");
	const target = { host: container.host, port: container.port };
	const parts = {
		find: () => ({ kind: "target", target }) as const,
		page: () => null,
		mayHaveChanged: () => [],
		observe: () => undefined,
		internalFault: note,
	};
	const proxy = createProxy(DEFAULTS, parts, listeners);
	t.after(() => proxy.stop());
	assert.equal((await waiting.response()).status, 200);
	const later = await connect(t, port);
	later.send(request("GET /later"));
	assert.equal((await later.response()).status, 200);
	assert.deepEqual(faults, []);
});
