import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, connect, request, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startDaemonChain } from "../support/proxy.js";

test("a client over --max-clients is answered 503 and closed; the others are served", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		args: ["--max-clients", "2", "--verbose"],
	});
	const served = [await connect(t, daemon.port), await connect(t, daemon.port)];
	for (const client of served)
		assert.equal((await client.send(request("GET /")).response()).status, 200);
	const over = await connect(t, daemon.port);
	const { status, headers } = await over.response();
	assert.equal(status, 503);
	assert.deepEqual(values(headers, "Retry-After"), ["1"]);
	assert.deepEqual(values(headers, "Connection"), ["close"]);
	assert.equal(await over.closed, "end");
	await daemon.logged(({ cause }) => cause === "--max-clients");

	const [first, second] = served;
	first?.end();
	await first?.closed;
	assert.equal((await second?.send(request("GET /")).response())?.status, 200);
	assert.equal((await ask(t, daemon, request("GET /"))).status, 200);
});

test("a refused client that stays takes no place", async (t) => {
	const { client: first, daemon } = await startDaemonChain(t, {
		args: ["--max-clients", "1", "--verbose"],
	});
	assert.equal((await first.send(request("GET /")).response()).status, 200);
	const staying = await connect(t, daemon.port, { halfOpen: true });
	assert.equal((await staying.response()).status, 503);
	assert.equal(await staying.closed, "end");
	first.end();
	await first.closed;
	assert.equal((await ask(t, daemon, request("GET /"))).status, 200);
});

test("the limit holds however many were refused before", async (t) => {
	const { client: first, daemon } = await startDaemonChain(t, {
		args: ["--max-clients", "1"],
	});
	assert.equal((await first.send(request("GET /")).response()).status, 200);
	for (let refused = 0; refused < 40; refused++) {
		const client = await connect(t, daemon.port);
		assert.equal((await client.response()).status, 503);
		client.end();
		await client.closed;
	}
});
