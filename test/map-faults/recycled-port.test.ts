import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { OK, startAnswering } from "../support/answering.js";
import { startBackend, startHttpBackend } from "../support/backend.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

// Docker gives a dead container's port to the next one.
for (const [how, status] of [
	["moved", 200],
	["removed", 403],
] as const)
	test(`a dead container's port that is another session's now is not reached by who was ${how}`, async (t) => {
		let held: Socket | undefined;
		const dead = await startHttpBackend(t, (asked, response) => {
			if (asked.url === "/held") held = asked.socket;
			else response.end();
		});
		const next = await startAnswering(t);
		const args = ["--keep-alive", "always"];
		const daemon = await startDaemon(t, { sessions: { abc: dead }, args });
		const galaxy = startGalaxyMap(t, daemon.map);
		const client = await connect(t, daemon.port);
		await client.send(request("GET /")).response();
		client.send(request("GET /held"));
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
		// A request that may be sent twice is, but not to who is there now.
		held?.resetAndDestroy();
		assert.equal((await client.response()).status, status);
		const again = await client.send(request("GET /again")).response();
		assert.equal(again.status, status);
		assert.equal(others.connections.length, 0);

		const theirs = request("GET /theirs").replace("=abc", "=other");
		await client.send(theirs).response();
		assert.deepEqual(asked, ["/theirs"]);
	});
