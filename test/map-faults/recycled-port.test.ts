import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import type { Socket } from "node:net";
import { test } from "node:test";
import { as, connect, request } from "../support/client.js";
import {
	OK,
	startAnswering,
	startBackend,
	startHttpBackend,
} from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";
import { startGalaxyMap } from "../support/session-map.js";

// Docker assigns a dead container's port to the next one.
for (const [how, status] of [
	["moved", 200],
	["removed", 403],
] as const)
	test(`a dead container's port that another session now has is closed to a session that was ${how}`, async (t) => {
		let pending: Socket | undefined;
		const handler: RequestListener = (asked, response) => {
			if (asked.url === "/pending") pending = asked.socket;
			else response.end();
		};
		const own = { port: await freePort() };
		const dead = await startHttpBackend(t, handler, own);
		const next = await startAnswering(t);
		const args = ["--keep-alive", "always"];
		const daemon = await startDaemon(t, { sessions: { abc: dead }, args });
		const galaxy = startGalaxyMap(t, daemon.map);
		const client = await connect(t, daemon.port);
		await client.send(request("GET /")).response();
		client.send(request("GET /pending"));
		await once(dead.server, "request");

		dead.server.close();
		const asked: string[] = [];
		const { host, port } = dead;
		const others = await startBackend(
			t,
			async (connection) => {
				asked.push((await connection.request()).target);
				connection.send(OK);
			},
			{ port },
		);
		if (how === "moved") await galaxy.put("abc", next.host, next.port);
		else await galaxy.remove("abc");
		await galaxy.put("other", host, port);
		// A request that may be repeated is, but not to the new container.
		pending?.resetAndDestroy();
		assert.equal((await client.response()).status, status);
		const again = await client.send(request("GET /again")).response();
		assert.equal(again.status, status);
		assert.equal(others.connections.length, 0);

		const theirs = as("other", request("GET /theirs"));
		await client.send(theirs).response();
		assert.deepEqual(asked, ["/theirs"]);
	});
