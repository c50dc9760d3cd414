import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, head, request, values } from "../support/client.js";
import { OK, startAnswering, startBackend } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";

const began = (daemon: Daemon) =>
	daemon.logged(({ msg }) => msg?.startsWith("shutting down") === true);

test("in a drain, a connection without a request may send a last one", async (t) => {
	const abc = await startAnswering(t, () => OK);
	const daemon = await startDaemon(t, { sessions: { abc } });
	const idle = await connect(t, daemon.port);
	await idle.send(request("GET /")).response();
	const silent = await connect(t, daemon.port);
	const late = await connect(t, daemon.port);
	const text = request("GET /");
	late.send(text.slice(0, 20));
	// The others were accepted before this one, which is answered.
	const known = await connect(t, daemon.port);
	await known.send(request("GET /")).response();

	const code = daemon.stop();
	await began(daemon);
	idle.send(text);
	silent.send(text);
	late.send(text.slice(20));
	for (const client of [idle, silent, late]) {
		const { status, headers } = await client.response();
		assert.equal(status, 200);
		assert.deepEqual(values(headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
	}
	assert.equal(await code, 0);
});

test("in a drain, a response that had not announced its end is followed by another one", async (t) => {
	const backend = await startBackend(t);
	const daemon = await startDaemon(t, { sessions: { abc: backend } });
	const client = await connect(t, daemon.port);
	client.send(request("GET /one"));
	const container = await backend.connection(0);
	await container.until("\r\n\r\n");
	container.send(`${head("HTTP/1.1 200 OK", "Content-Length: 4")}on`);
	await client.until("on");

	const code = daemon.stop();
	await began(daemon);
	container.send("ce");
	const first = await client.response();
	assert.deepEqual(values(first.headers, "Connection"), []);
	client.send(request("GET /two"));
	const next = await backend.connection(1);
	await next.until("\r\n\r\n");
	next.send(OK);
	const second = await client.response();
	assert.equal(second.text, "ok");
	assert.deepEqual(values(second.headers, "Connection"), ["close"]);
	assert.equal(await code, 0);
});

test("in a drain, a connection that stays silent ends after 1.5 s, and so does the daemon", async (t) => {
	const daemon = await startDaemon(t);
	const silent = await connect(t, daemon.port);
	const half = await connect(t, daemon.port);
	half.send("GET / HTTP/1.1\r\nHost: x\r\n");
	const known = await connect(t, daemon.port);
	await known.send(request("GET /")).response();

	const since = performance.now();
	const code = daemon.stop();
	assert.equal(await silent.closed, "end");
	assert.equal((await half.response()).status, 408);
	assert.equal(await code, 0);
	const seconds = (performance.now() - since) / 1000;
	assert.ok(seconds >= 1.4 && seconds < 7, `${seconds} s`);
});
