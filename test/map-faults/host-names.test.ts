import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { noHostsFile, withHosts } from "../support/hosts-file.js";
import { GUARD_MS } from "../support/wait.js";

test("a name with several addresses is tried in turn, and one that changes is followed", {
	skip: noHostsFile(),
}, async (t) => {
	const hosts = join(scratchFolder(t), "hosts");
	// Nothing listens at the first address.
	writeFileSync(hosts, "127.0.0.9 gie-node\n127.0.0.1 gie-node\n");
	const container = await startBackend(t, async (connection) => {
		const at = connection.socket.localAddress ?? "";
		await connection.request();
		connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${at.length}\r\n\r\n`);
		connection.send(at);
	});
	const sessions = { abc: { host: "gie-node", port: container.port } };
	const within = withHosts(hosts);
	const args = ["--keep-alive", "never"];
	const daemon = await startDaemon(t, { sessions, within, args });
	const client = await connect(t, daemon.port);
	const ask = () => client.send(request("GET /")).response();
	assert.equal((await ask()).text, "127.0.0.1");

	for (const [address, status] of [
		["127.0.0.9", 502],
		["127.0.0.1", 200],
	] as const) {
		writeFileSync(hosts, `${address} gie-node\n`);
		const changed = performance.now();
		while ((await ask()).status !== status)
			assert.ok(performance.now() - changed < GUARD_MS);
	}
});
