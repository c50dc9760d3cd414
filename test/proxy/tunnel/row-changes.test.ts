import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, connect, request, values } from "../../support/client.js";
import { startAnswering, startBackend } from "../../support/container.js";
import { startDaemon } from "../../support/daemon.js";
import { startGalaxyMap } from "../../support/session-map.js";
import { openThrough, SWITCHED, switchProtocols } from "./open-tunnel.js";

test("the tunnel of a moved session continues until its row is removed", async (t) => {
	const before = await startBackend(t, switchProtocols);
	const now = await startAnswering(t);
	const daemon = await startDaemon(t, { sessions: { abc: before } });
	const galaxy = startGalaxyMap(t, daemon.map);
	const tunnel = await openThrough(t, daemon.port);
	const upstream = await before.connection(0);

	await galaxy.put("abc", now.host, now.port);
	assert.equal((await ask(t, daemon, request("GET /"))).text, "ok");
	assert.equal(now.requests.length, 1);
	tunnel.send("goes on");
	await upstream.until("goes on");
	upstream.send("both ways");
	await tunnel.until("both ways");

	await galaxy.remove("abc");
	await Promise.all([tunnel.closed, upstream.closed]);
});

/** A second, and what a busy machine makes of it. */
const BUSY_SECOND_MS = 10_000;

const BEGUN = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun";

// No request of the session comes: the daemon must notice the change on its own.
test("a removed row ends its tunnel and its transfers within a second, and no other session's", async (t) => {
	const container = await startBackend(t, async (connection) => {
		const { headers, target } = await connection.request();
		if (values(headers, "Upgrade").length > 0) connection.send(SWITCHED);
		else if (target === "/download") connection.send(BEGUN);
	});
	const sessions = { abc: container, other: container };
	const daemon = await startDaemon(t, { sessions });
	const galaxy = startGalaxyMap(t, daemon.map);
	const other = await openThrough(t, daemon.port, "other");
	const tunnel = await openThrough(t, daemon.port);
	const download = await connect(t, daemon.port);
	await download.send(request("GET /download")).until("begun");
	const waiting = await connect(t, daemon.port);
	waiting.send(request("GET /slow"));
	await (await container.connection(3)).until("/slow");

	await galaxy.remove("abc");
	const removed = performance.now();
	const upstreams = container.connections.slice(1);
	const answered = waiting.response();
	await Promise.all(
		[tunnel, download, ...upstreams].map(({ closed }) => closed),
	);
	assert.equal((await answered).status, 403);
	assert.ok(performance.now() - removed < BUSY_SECOND_MS);
	assert.ok(download.received.endsWith("begun"));
	const { status } = await ask(t, daemon, request("GET /"));
	assert.equal(status, 403);
	other.send("goes on");
	await (await container.connection(0)).until("goes on");
});
