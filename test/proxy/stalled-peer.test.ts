import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, head, request } from "../support/client.js";
import { startAnswering, startBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { startClient, startProxy } from "../support/proxy.js";
import { readSlowly } from "../support/slow-reader.js";

/** More than the sockets between two sides buffer. */
const BODY = Buffer.alloc(12_000_000, "x");
const TIMEOUT_MS = 2_000;
/** A look takes place at most once a second, and a twentieth of the time limit may pass before it; the rest is a busy machine's. */
const LATE_MS = 6_000;

function checkTime(since: number, endedAt: number): void {
	const after = endedAt - since;
	assert.ok(after > TIMEOUT_MS - 100, `${after} ms`);
	assert.ok(after < TIMEOUT_MS + LATE_MS, `${after} ms`);
}

async function cutClient(
	t: TestContext,
	host: string,
	from: object,
	readsFirst: number,
): Promise<void> {
	const container = await startAnswering(t, (_request, connection) => {
		connection.send(head("HTTP/1.1 200 OK", `Content-Length: ${BODY.length}`));
		connection.send(BODY);
		return "";
	});
	const flags = { bodyTimeoutMs: TIMEOUT_MS, host };
	const proxy = await startProxy(t, { abc: container }, flags);
	const client = await connect(t, proxy.port, from);
	client.socket.pause();
	client.send(request("GET /"));
	await readSlowly(client, 500_000, readsFirst);
	const since = performance.now();
	const { termination, cause, endedAt } = await proxy.exchange(0);
	assert.equal(termination, "cD");
	assert.equal(cause, "the client does not read");
	checkTime(since, endedAt);
}

async function cutContainer(t: TestContext, readsFirst: number): Promise<void> {
	let since = 0;
	const container = await startBackend(t, async (connection) => {
		await readSlowly(connection, 500_000, readsFirst);
		since = performance.now();
	});
	const { client, proxy } = await startClient(
		t,
		{ abc: container },
		{ bodyTimeoutMs: TIMEOUT_MS },
	);
	client.send(request("POST /", `Content-Length: ${BODY.length}`)).send(BODY);
	assert.equal((await client.response()).status, 504);
	const { termination, cause, endedAt } = await proxy.exchange(0);
	assert.equal(termination, "sH");
	assert.equal(cause, "the container does not read");
	checkTime(since, endedAt);
}

test("a peer that reads nothing is cut after the time limit", {
	concurrency: true,
}, async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const v4 = { host: "127.0.0.1" };
	await Promise.all([
		t.test("a client", (t) => cutClient(t, v4.host, v4, 0)),
		t.test("a client over IPv6", (t) =>
			cutClient(t, "::1", { host: "::1" }, 0),
		),
		t.test("a client over IPv4 to ::", (t) => cutClient(t, "::", v4, 0)),
		t.test("a client over a unix socket", (t) =>
			cutClient(t, `unix:${path}`, { path }, 0),
		),
		t.test("a client that stops", (t) => cutClient(t, v4.host, v4, 1_500_000)),
		t.test("a container", (t) => cutContainer(t, 0)),
		t.test("a container that stops", (t) => cutContainer(t, 1_500_000)),
	]);
});
