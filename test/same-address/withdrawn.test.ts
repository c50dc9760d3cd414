import assert from "node:assert/strict";
import { test } from "node:test";
import { openThrough, SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import { connect, request, values } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const BEGUN = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun";

// No request of the session comes: the daemon must notice the change on its own.
test("tunnels and requests of a session end when another one takes its address", async (t) => {
	const container = await startBackend(t, async (connection) => {
		const { headers, target } = await connection.request();
		if (values(headers, "Upgrade").length > 0) connection.send(SWITCHED);
		else if (target === "/download") connection.send(BEGUN);
	});
	const { host, port } = container;
	const elsewhere = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(SWITCHED);
	});
	const daemon = await startDaemon(t, {
		args: ["--verbose"],
		sessions: {
			abc: { host, port, ids: ["first"] },
			bystander: { host, port: elsewhere.port, ids: ["bystander"] },
		},
	});
	const galaxy = startGalaxyMap(t, daemon.map);
	const bystander = await openThrough(t, daemon.port, "bystander");
	const tunnel = await openThrough(t, daemon.port);
	const download = await connect(t, daemon.port);
	await download.send(request("GET /download")).until("begun");
	const waiting = await connect(t, daemon.port);
	waiting.send(request("GET /slow"));
	await (await container.connection(2)).until("/slow");

	await galaxy.put("other", "localhost", port, ["second"]);
	const answered = waiting.response();
	await Promise.all(
		[tunnel, download, ...container.connections].map(({ closed }) => closed),
	);
	assert.equal((await answered).status, 502);
	assert.ok(download.received.endsWith("begun"));
	await daemon.logged(({ cause }) => String(cause).includes("written later"));

	bystander.send("goes on");
	await (await elsewhere.connection(0)).until("goes on");
	// The one that has taken the address may come at once.
	await openThrough(t, daemon.port, "other");
});
