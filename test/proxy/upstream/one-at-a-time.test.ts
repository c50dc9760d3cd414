import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { UPSTREAM_IDLE_MS } from "../../../src/limits.js";
import {
	as,
	ask,
	connect,
	request,
	upgrade,
	values,
} from "../../support/client.js";
import {
	type Backend,
	type BackendConnection,
	OK,
	startAnswering,
	startBackend,
} from "../../support/container.js";
import { type RunningProxy, startProxy } from "../../support/proxy.js";
import { SWITCHED } from "../tunnel/open-tunnel.js";

const FLAGS = { keepAlive: "always" } as const;
const CLOSING = "OK\r\nConnection: close\r\n";
const FILES = [0, 1, 2, 3, 4, 5];

/** Answers the requests of a connection until it ends, or one says Connection: close. */
async function serve(connection: BackendConnection): Promise<void> {
	for (;;) {
		const { headers } = await connection.request();
		connection.send(OK);
		if (values(headers, "Connection").includes("close")) break;
	}
	connection.end();
}

/** A container that serves one connection until it ends, as Python's HTTPServer does. The others wait. */
async function startSingle(t: TestContext): Promise<Backend> {
	let former: Promise<unknown> = Promise.resolve();
	return await startBackend(t, async (connection) => {
		const turn = former;
		former = connection.closed;
		await turn;
		await serve(connection);
	});
}

/** @returns milliseconds until a page of six files was there, each asked for on a client connection of its own */
async function loadPage(t: TestContext, proxy: RunningProxy): Promise<number> {
	const begun = performance.now();
	const answers = FILES.map((file) => ask(t, proxy, request(`GET /${file}`)));
	for (const { text } of await Promise.all(answers)) assert.equal(text, "ok");
	return performance.now() - begun;
}

for (const keepAlive of ["always", "auto"] as const)
	test(`a page from a container that serves one connection at a time waits for none that is kept: ${keepAlive}`, async (t) => {
		const container = await startSingle(t);
		const proxy = await startProxy(t, { abc: container }, { keepAlive });
		const opened: number[] = [];
		for (let load = 0; load < 10; load++) {
			const before = container.connections.length;
			assert.ok((await loadPage(t, proxy)) < UPSTREAM_IDLE_MS);
			opened.push(container.connections.length - before);
			if (load < 2) continue;
			// It is known, and no connection is kept. On a busy machine its answers come too late to show it at once.
			if (opened.slice(-2).every((each) => each === FILES.length)) return;
		}
		assert.fail(`connections for each page: ${opened}`);
	});

test("six clients that keep their connections wait for none that is kept either", async (t) => {
	const container = await startSingle(t);
	const proxy = await startProxy(t, { abc: container }, FLAGS);
	const clients = await Promise.all(FILES.map(() => connect(t, proxy.port)));
	for (let load = 0; load < 3; load++) {
		const begun = performance.now();
		for (const client of clients) client.send(request("GET /file"));
		for (const client of clients)
			assert.equal((await client.response()).text, "ok");
		assert.ok(performance.now() - begun < UPSTREAM_IDLE_MS);
	}
});

test("a connection that another session keeps idle at the same target is closed too", async (t) => {
	const container = await startSingle(t);
	const sessions = { abc: container, other: container };
	const proxy = await startProxy(t, sessions, FLAGS);
	await ask(t, proxy, request("GET /"));
	const begun = performance.now();
	await ask(t, proxy, as("other", request("GET /")));
	assert.ok(performance.now() - begun < UPSTREAM_IDLE_MS);
});

/** An idle connection beside a new one, on which nothing comes. @returns the milliseconds from its request to its end */
async function keptBesideWaiting(
	t: TestContext,
	container: Backend,
	proxy: RunningProxy,
): Promise<number> {
	const asked = performance.now();
	await ask(t, proxy, request("GET /"));
	const index = container.connections.length;
	const kept = container.connections[index - 1];
	const client = await connect(t, proxy.port);
	client.send(upgrade("/silent"));
	const silent = await container.connection(index);
	await silent.until("/silent");
	await kept?.closed;
	assert.equal(silent.ending, undefined);
	return performance.now() - asked;
}

/** It answers with OK, "/held" with this text, and "/silent" not at all. */
function startServing(t: TestContext, held = ""): Promise<Backend> {
	return startBackend(t, async (connection) => {
		for (;;) {
			const { target } = await connection.request();
			if (target === "/held") connection.send(held);
			else if (target !== "/silent") connection.send(OK);
		}
	});
}

test("an idle connection to an unknown container is closed while a new one waits", async (t) => {
	const container = await startServing(t);
	const proxy = await startProxy(t, { abc: container }, FLAGS);
	const kept = await keptBesideWaiting(t, container, proxy);
	assert.ok(kept < UPSTREAM_IDLE_MS, `${kept} ms`);
});

for (const [name, text, held] of [
	["a tunnel", upgrade("/held"), SWITCHED],
	["a response in progress", request("GET /held"), OK.slice(0, -1)],
] as const)
	test(`a container that answers beside ${name} serves several at a time: its idle connection stays`, async (t) => {
		const container = await startServing(t, held);
		const proxy = await startProxy(t, { abc: container }, FLAGS);
		const first = await connect(t, proxy.port);
		await first.send(text).until(/\r\n\r\n/);
		const kept = await keptBesideWaiting(t, container, proxy);
		assert.ok(kept >= UPSTREAM_IDLE_MS, `${kept} ms`);
	});

test("a container that answers long after the idle connection was closed is not taken for one of these", async (t) => {
	const container = await startServing(t);
	const closing = await startAnswering(t, OK.replace("OK\r\n", CLOSING));
	const sessions = { abc: container, other: closing };
	const proxy = await startProxy(t, sessions, FLAGS);
	await keptBesideWaiting(t, container, proxy);
	// A connection after Connection: close is waited for a second: its end shows that the second is over.
	await ask(t, proxy, as("other", request("GET /")));
	await (await closing.connection(0)).closed;
	container.connections[1]?.send(OK);
	const client = await connect(t, proxy.port);
	for (let turn = 0; turn < 2; turn++)
		await client.send(request("GET /")).response();
	assert.equal(container.connections.length, 3);
});
