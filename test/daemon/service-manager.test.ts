import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { OK, startAnswering, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startDaemonChain } from "../support/proxy.js";
import { startServiceManager } from "./service-manager.js";

test("systemd is notified when the daemon is ready, reloads and stops", async (t) => {
	const manager = await startServiceManager(t);
	const backend = await startBackend(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: backend },
		env: manager.env,
	});
	assert.deepEqual(await manager.count(1), ["READY=1"]);
	daemon.child.kill("SIGHUP");
	assert.deepEqual(await manager.count(3), [
		"READY=1",
		"RELOADING=1",
		"READY=1",
	]);
	const client = await connect(t, daemon.port);
	client.send(request("GET /"));
	const container = await backend.connection(0);
	await container.until("\r\n\r\n");
	const code = daemon.stop();
	assert.equal((await manager.count(4))[3], "STOPPING=1");
	container.send(OK);
	assert.equal((await client.response()).status, 200);
	client.end();
	assert.equal(await code, 0);
});

test("a slow systemd-notify finishes before the next one starts", async (t) => {
	const manager = await startServiceManager(t, SLOW_TO_RELOAD);
	const daemon = await startDaemon(t, { env: manager.env });
	await manager.count(1);
	daemon.child.kill("SIGHUP");
	assert.deepEqual(await manager.count(3), [
		"READY=1",
		"RELOADING=1",
		"READY=1",
	]);
});

test("without systemd-notify a line says so, and the daemon serves and stops as usual", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		env: { NOTIFY_SOCKET: "/nowhere", PATH: "/nowhere" },
	});
	await daemon.logged(({ reason }) => /ENOENT/.test(String(reason)));
	daemon.child.kill("SIGHUP");
	await daemon.logged(({ msg }) => msg === "reloaded");
	const client = await connect(t, daemon.port);
	assert.equal((await client.send(request("GET /")).response()).status, 200);
	client.end();
	assert.equal(await daemon.stop(), 0);
	const warnings = daemon.lines.filter(({ reason }) => reason !== undefined);
	assert.equal(warnings.length, 1);
});

test("a systemd-notify that hangs delays nothing", async (t) => {
	const manager = await startServiceManager(t, "#!/bin/sh\nexec sleep 30\n");
	const { client, daemon } = await startDaemonChain(t, { env: manager.env });
	assert.equal((await client.send(request("GET /")).response()).status, 200);
	client.end();
	assert.equal(await daemon.stop(), 0);
	assert.deepEqual(manager.messages, []);
});

test("without NOTIFY_SOCKET nothing is run", async (t) => {
	const manager = await startServiceManager(t, '#!/bin/sh\n: > "$0.ran"\n');
	const { NOTIFY_SOCKET = "", ...env } = manager.env;
	const { client, daemon } = await startDaemonChain(t, { env });
	assert.equal((await client.send(request("GET /")).response()).status, 200);
	client.end();
	assert.equal(await daemon.stop(), 0);
	const ran = join(NOTIFY_SOCKET, "..", "systemd-notify.ran");
	assert.equal(existsSync(ran), false);
});

/** Takes 300 ms for this message: the next would be there before it. */
const SLOW_TO_RELOAD = `#!/usr/bin/env python3
import os, socket, sys, time
if sys.argv[1] == "RELOADING=1":
    time.sleep(0.3)
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[1].encode(), os.environ["NOTIFY_SOCKET"])
`;
