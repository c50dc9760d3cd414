import assert from "node:assert/strict";
import { test } from "node:test";
import { openTunnel, startEnvironment } from "../compatibility/environment.js";
import { anonymous, connect, request, values } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

for (const signal of ["SIGTERM", "SIGINT"] as const)
	test(`${signal}: tunnels and idle connections end at once, what is in flight is finished, exit 0`, async (t) => {
		const slow = await startBackend(t);
		const quick = await startEnvironment(t, "quick");
		const daemon = await startDaemon(t, {
			sessions: { slow, abc: quick },
		});
		const idle = await connect(t, daemon.port);
		assert.equal((await idle.send(request("GET /")).response()).status, 200);
		const silent = await connect(t, daemon.port);
		const tunnel = await openTunnel(t, daemon.port);
		const busy = await connect(t, daemon.port);
		busy.send(anonymous("GET /", "Cookie: galaxysession=slow"));
		const container = await slow.connection(0);
		await container.until("\r\n\r\n");

		const code = daemon.stop(signal);
		await Promise.all([idle.closed, silent.closed, tunnel.closed]);
		await assert.rejects(connect(t, daemon.port), { code: "ECONNREFUSED" });
		assert.equal(busy.ending, undefined);
		container.send(OK);
		const { text, headers } = await busy.response();
		assert.equal(text, "ok");
		assert.deepEqual(values(headers, "Connection"), ["close"]);
		busy.end();
		assert.equal(await code, 0);
	});
