import assert from "node:assert/strict";
import { test as nodeTest, type TestContext } from "node:test";
import { switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startWatched, type Watched } from "../support/admin.js";
import {
	anonymous,
	as,
	connect,
	type RawClient,
	request,
	upgrade,
} from "../support/client.js";
import { startAnswering, startBackend } from "../support/container.js";
import type { Row } from "../support/session-map.js";
import { WORKERS } from "../support/workers.js";

const skip = WORKERS > 0 && "each worker has places of its own";
const test = (name: string, run: (t: TestContext) => Promise<void>) =>
	nodeTest(name, { skip }, run);

const REFUSALS = "galaxy_proxy_share_refusals_total";
const CLIENTS = "galaxy_proxy_client_connections";

function start(
	t: TestContext,
	trusted: string,
	sessions: Record<string, Row>,
): Promise<Watched> {
	const flags = ["--max-clients", "8", "--trust-proxy", trusted];
	return startWatched(t, { sessions, args: flags });
}

function refusals({ metric }: Watched): Promise<number[]> {
	return Promise.all(
		["session", "address"].map((of) => metric(`${REFUSALS}{of="${of}"}`)),
	);
}

async function ask(client: RawClient, text: string): Promise<number> {
	return (await client.send(text).response()).status;
}

/** A new client, and the status that its first request got. */
async function open(t: TestContext, { daemon }: Watched, text: string) {
	const client = await connect(t, daemon.port);
	return { client, status: await ask(client, text) };
}

/** Clients that take a session's share of four places. */
async function fill(
	t: TestContext,
	watched: Watched,
	text: string,
	wanted = 200,
): Promise<RawClient[]> {
	const clients: RawClient[] = [];
	while (clients.length < 4) {
		const { client, status } = await open(t, watched, text);
		assert.equal(status, wanted);
		clients.push(client);
	}
	return clients;
}

/** Waits until the proxy has noticed that connections have ended. */
async function untilClients({ metric }: Watched, count: number) {
	while ((await metric(CLIENTS)) > count);
}

async function expectRefused(client: RawClient): Promise<void> {
	const { status, text } = await client.response();
	assert.equal(status, 503);
	assert.match(text, /^Too many connections/);
	assert.equal(await client.closed, "end");
}

const OF_OTHER = as("other", request("GET /"));

test("one session gets half of the places, others are served, and places are freed", async (t) => {
	const container = await startAnswering(t);
	const rows = { abc: container, other: container };
	const watched = await start(t, "none", rows);
	const four = await fill(t, watched, request("GET /"));
	const fifth = await connect(t, watched.daemon.port);
	await expectRefused(fifth.send(request("GET /")));
	assert.deepEqual(await refusals(watched), [1, 0]);
	const line = await watched.daemon.logged(({ status }) => status === 503);
	assert.equal(line.session, "ba7816bf");
	assert.equal((await open(t, watched, OF_OTHER)).status, 200);
	for (const client of four)
		assert.equal(await ask(client, request("GET /")), 200);

	four[0]?.end();
	await four[0]?.closed;
	await untilClients(watched, 4);
	assert.equal((await open(t, watched, request("GET /"))).status, 200);
	assert.deepEqual(await refusals(watched), [1, 0]);
});

test("a connection that changes to another session leaves the first one's share", async (t) => {
	const container = await startAnswering(t);
	const rows = { abc: container, other: container };
	const watched = await start(t, "none", rows);
	const [first] = await fill(t, watched, request("GET /"));
	if (first) assert.equal(await ask(first, OF_OTHER), 200);
	assert.equal((await open(t, watched, request("GET /"))).status, 200);
	// Its old place is taken, so that it cannot return.
	if (first) await expectRefused(first.send(request("GET /")));
	assert.deepEqual(await refusals(watched), [1, 0]);
});

test("tunnels count towards their session's share, through a front proxy too", async (t) => {
	const container = await startBackend(t, switchProtocols);
	const watched = await start(t, "loopback", { abc: container });
	const tunnels = await fill(t, watched, upgrade(), 101);
	const fifth = await connect(t, watched.daemon.port);
	await expectRefused(fifth.send(upgrade()));
	tunnels[0]?.end();
	await tunnels[0]?.closed;
	await untilClients(watched, 3);
	assert.equal((await open(t, watched, upgrade())).status, 101);
	assert.deepEqual(await refusals(watched), [1, 0]);
});

test("an address without a session gets a quarter of the places; with a session the connection counts towards that", async (t) => {
	const container = await startAnswering(t);
	const watched = await start(t, "none", { abc: container });
	const { port } = watched.daemon;
	const idle = [await connect(t, port), await connect(t, port)];
	await expectRefused(await connect(t, port));
	assert.deepEqual(await refusals(watched), [0, 1]);
	// Another address gets a place.
	const other = await connect(t, port, { localAddress: "127.0.0.2" });
	assert.equal(await ask(other, anonymous("GET /")), 403);

	const [first, second] = idle;
	if (first) assert.equal(await ask(first, request("GET /")), 200);
	const next = await connect(t, port);
	assert.equal(await ask(next, anonymous("GET /")), 403);
	await expectRefused(await connect(t, port));
	second?.end();
	await second?.closed;
	await untilClients(watched, 3);
	const last = await connect(t, port);
	assert.equal(await ask(last, anonymous("GET /")), 403);
	assert.deepEqual(await refusals(watched), [0, 2]);
});

test("connections of an unknown session count towards their address", async (t) => {
	const watched = await start(t, "none", {});
	for (let n = 0; n < 2; n++) {
		const { status } = await open(t, watched, request("GET /"));
		assert.equal(status, 403);
	}
	await expectRefused(await connect(t, watched.daemon.port));
});

test("a front proxy has no share, and after a request its connections count towards no session", async (t) => {
	const container = await startAnswering(t);
	const watched = await start(t, "loopback", { abc: container });
	const { port } = watched.daemon;
	const clients = await Promise.all(
		Array.from({ length: 8 }, () => connect(t, port)),
	);
	for (const client of clients)
		assert.equal(await ask(client, request("GET /")), 200);
	assert.deepEqual(await refusals(watched), [0, 0]);
	await expectRefused(await connect(t, port));
	assert.deepEqual(await refusals(watched), [0, 0]);
});

test("a session's concurrent requests through a front proxy get half of the places", async (t) => {
	const container = await startAnswering(t, ({ target }, connection) => {
		if (target !== "/slow") return "HTTP/1.1 204 No Content\r\n\r\n";
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
		return "";
	});
	const rows = { abc: container, other: container };
	const watched = await start(t, "loopback", rows);
	const { port } = watched.daemon;
	const slow: RawClient[] = [];
	for (let n = 0; n < 4; n++) {
		const client = await connect(t, port);
		await client.send(request("GET /slow")).until("\r\n\r\no");
		slow.push(client);
	}
	const fifth = await connect(t, port);
	await expectRefused(fifth.send(request("GET /")));
	assert.equal((await open(t, watched, OF_OTHER)).status, 204);
	for (const connection of container.connections)
		if (connection.received.includes("/slow")) connection.send("k");
	for (const client of slow) await client.until("\r\n\r\nok");
	assert.equal((await open(t, watched, request("GET /"))).status, 204);
});
