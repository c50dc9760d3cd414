import assert from "node:assert/strict";
import { test } from "node:test";
import { openThrough, SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import { connect, request, values } from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";
import { startClock } from "../support/processor.js";

/** Milliseconds until the port is free, without those in which a worker or this test waits for a processor. */
const FREE_MS = 200;
const REQUESTS = 12;

test("when the supervisor is killed the port is free at once, tunnels end, and requests in flight finish", async (t) => {
	const container = await startAnswering(t, ({ headers }) =>
		values(headers, "Upgrade").length > 0 ? SWITCHED : "",
	);
	const group = await startGroup(t, { sessions: { abc: container } });
	const tunnel = await openThrough(t, group.port);
	const clients = [];
	for (let n = 0; n < REQUESTS; n++) {
		const client = await connect(t, group.port);
		client.send(request("GET /"));
		clients.push(client);
	}
	// The tunnel's is the first one.
	await container.request(REQUESTS);

	const gone = group.daemon.exited();
	const clock = startClock([group.pidOf(1), group.pidOf(2), process.pid]);
	process.kill(group.daemon.pid, "SIGKILL");
	while (await accepts(group.port));
	const took = clock();
	t.diagnostic(`refused after ${took.toFixed(1)} ms`);
	assert.ok(took <= FREE_MS, `${took} ms`);
	await tunnel.closed;
	for (const connection of container.connections.slice(1)) connection.send(OK);
	for (const client of clients) {
		const { status, headers } = await client.response();
		assert.equal(status, 200);
		assert.deepEqual(values(headers, "Connection"), ["close"]);
	}
	// Its output is open as long as a worker runs.
	await gone;

	async function accepts(port: number): Promise<boolean> {
		try {
			(await connect(t, port)).destroy();
			return true;
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			// What the last listener had not accepted.
			return code === "ECONNRESET";
		}
	}
});
