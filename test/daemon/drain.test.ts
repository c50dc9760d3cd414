import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as milliseconds } from "node:timers/promises";
import { openThrough, SWITCHED } from "../proxy/tunnel/open-tunnel.js";
import {
	anonymous,
	as,
	ask,
	connect,
	request,
	values,
} from "../support/client.js";
import { OK, startAnswering, startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startDaemonChain } from "../support/proxy.js";

/** A daemon with a request that the container has received and not answered. */
async function startInFlight(t: TestContext, args: string[] = []) {
	const backend = await startBackend(t);
	const daemon = await startDaemon(t, { sessions: { abc: backend }, args });
	const client = await connect(t, daemon.port);
	client.send(request("GET /"));
	const container = await backend.connection(0);
	await container.until("\r\n\r\n");
	return { daemon, client, container };
}

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
	test(`${signal}: tunnels end at once, idle connections after their grace, requests in flight finish, exit 0`, async (t) => {
		const slow = await startBackend(t);
		const quick = await startAnswering(t, ({ headers }) =>
			values(headers, "Upgrade").length > 0 ? SWITCHED : OK,
		);
		const daemon = await startDaemon(t, {
			sessions: { slow, abc: quick },
		});
		const idle = await connect(t, daemon.port);
		assert.equal((await idle.send(request("GET /")).response()).status, 200);
		const silent = await connect(t, daemon.port);
		const tunnel = await openThrough(t, daemon.port);
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

test("requests that are not finished within --drain-timeout are cut off, and the exit code is 0", async (t) => {
	const args = ["--drain-timeout", "0.3"];
	const { daemon, client, container } = await startInFlight(t, args);
	const began = performance.now();
	const code = daemon.stop();
	await Promise.all([client.closed, container.closed]);
	assert.ok(performance.now() - began >= 290, "not before its time");
	assert.equal(await code, 0);
	assert.ok(
		performance.now() - began < 7_000,
		"nor after the usual eight seconds",
	);
	assert.equal(client.received, "");
});

test("an upload that is halfway at SIGTERM arrives completely and is answered", async (t) => {
	const { client, container, daemon } = await startDaemonChain(t);
	client.send(`${request("PUT /", "Content-Length: 10")}hello`);
	const upstream = await container.connection(0);
	await upstream.until("hello");
	const code = daemon.stop();
	await daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);
	client.send("world");
	assert.equal((await client.response()).text, "ok");
	client.end();
	assert.equal((await container.request(0)).body.toString(), "helloworld");
	assert.equal(await code, 0);
});

test("a second signal ends the drain at once, with exit code 0", async (t) => {
	const { daemon, client } = await startInFlight(t, ["--drain-timeout", "0"]);
	const code = daemon.stop("SIGTERM");
	await daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);
	assert.equal(client.ending, undefined);
	daemon.child.kill("SIGINT");
	await client.closed;
	assert.equal(await code, 0);
});

test("SIGTERM and SIGKILL 10 ms later leave no process, a free port and an intact map", async (t) => {
	const { daemon, client } = await startInFlight(t);
	const gone = daemon.exited();
	process.kill(daemon.pid, "SIGTERM");
	// This tests Galaxy's own pause.
	await milliseconds(10);
	process.kill(daemon.pid, "SIGKILL");
	await Promise.all([gone, client.closed]);
	assert.throws(() => process.kill(daemon.pid, 0), { code: "ESRCH" });

	const args = ["--port", String(daemon.port)];
	const next = await startDaemon(t, { map: daemon.map, args });
	const { status } = await ask(t, next, as("unknown", request("GET /")));
	assert.equal(status, 403);
});
