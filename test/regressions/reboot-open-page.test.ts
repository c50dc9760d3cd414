// After a reboot an open page went on asking at its old address. It reached the next user's container before the row of that
// was written, and its connection then counted as proof that its own container was still there: the page kept the foreign
// container, and the container's user was refused.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
	askTool,
	openTool,
	SWITCHED,
	startToolMap,
	startToolsDaemon,
	TOKEN,
} from "../same-address/tools-shared.js";
import { values } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import type { Daemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";

/** Milliseconds after which a row counts as another tool's, by a rule of the map's. */
const COMPANIONS_MS = 5_200;

/** A container at this port. It ends with kill(), and until the next one starts there nobody else is given the port. */
function startAt(t: TestContext, port: number) {
	return startBackend(
		t,
		async (connection) => {
			for (;;) {
				const { headers } = await connection.request();
				const isUpgrade = values(headers, "Upgrade").length > 0;
				connection.send(isUpgrade ? SWITCHED : OK);
			}
		},
		{ port },
	);
}

async function untilStatus(
	t: TestContext,
	daemon: Daemon,
	key: string,
	status: number,
): Promise<void> {
	while ((await askTool(t, daemon, key)).status !== status);
}

test("the daemon was restarted too: the row that was there loses its address to the later one", async (t) => {
	const map = startToolMap(t);
	const annas = await startAt(t, await freePort());
	const { host, port } = annas;
	await map.put("anna", TOKEN, host, port);
	await annas.kill();
	const daemon = await startToolsDaemon(t, map);
	assert.equal((await askTool(t, daemon, "anna")).status, 502);

	await startAt(t, port);
	const page = await openTool(t, daemon, "anna");
	await map.put("ben", TOKEN, host, port);
	await untilStatus(t, daemon, "ben", 200);
	await page.closed;
	assert.equal((await askTool(t, daemon, "anna")).status, 502);
});

test("the daemon went on: so does a row whose container had answered it", async (t) => {
	const map = startToolMap(t);
	const daemon = await startToolsDaemon(t, map);
	await map.put("other", TOKEN, "127.0.0.1", 1);
	const annas = await startAt(t, await freePort());
	const { host, port } = annas;
	await map.put("anna", TOKEN, host, port);
	await untilStatus(t, daemon, "anna", 200);
	await annas.kill();
	await untilStatus(t, daemon, "anna", 502);

	await startAt(t, port);
	const page = await openTool(t, daemon, "anna");
	await pause(COMPANIONS_MS);
	await map.put("ben", TOKEN, host, port);
	await untilStatus(t, daemon, "ben", 200);
	await page.closed;
	assert.equal((await askTool(t, daemon, "anna")).status, 502);
});

test("a container that stops listening does not make its earlier connection count", async (t) => {
	const map = startToolMap(t);
	const annas = await startAt(t, await freePort());
	const { host, port } = annas;
	await map.put("anna", TOKEN, host, port);
	await annas.kill();
	const daemon = await startToolsDaemon(t, map);
	assert.equal((await askTool(t, daemon, "anna")).status, 502);

	const tunnels: Socket[] = [];
	const bens = createServer((socket) => {
		tunnels.push(socket);
		socket.once("data", () => socket.write(SWITCHED));
	});
	t.after(() => {
		for (const tunnel of tunnels) tunnel.destroy();
	});
	await once(bens.listen(port, host), "listening");
	const page = await openTool(t, daemon, "anna");
	bens.close();
	await untilStatus(t, daemon, "anna", 502);
	await startAt(t, port);
	await map.put("ben", TOKEN, host, port);
	await untilStatus(t, daemon, "ben", 200);
	await page.closed;
});

test("a tool that refused connections while it started keeps its address while it is in use", async (t) => {
	const map = startToolMap(t);
	const daemon = await startToolsDaemon(t, map);
	await map.put("other", TOKEN, "127.0.0.1", 1);
	const early = await startAt(t, await freePort());
	const { host, port } = early;
	await early.kill();
	await map.put("victim", TOKEN, host, port);
	await untilStatus(t, daemon, "victim", 502);
	await startAt(t, port);
	const page = await openTool(t, daemon, "victim");
	await pause(COMPANIONS_MS);
	await map.put("thief", TOKEN, host, port);
	assert.equal((await askTool(t, daemon, "thief")).status, 502);
	assert.equal((await askTool(t, daemon, "victim")).status, 200);
	page.send("still open");
});
