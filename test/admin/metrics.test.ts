import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openThrough, switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startWatched, type Watched } from "../support/admin.js";
import { ask, connect, request } from "../support/client.js";
import { STOPPED, startAnswering, startBackend } from "../support/container.js";

const P = "galaxy_proxy";

/** The status of one request on a new connection. */
async function statusOf(t: TestContext, port: number, text: string) {
	return (await ask(t, port, text)).status;
}

test("requests are counted by class and termination", async (t) => {
	const container = await startAnswering(t);
	const sessions = { abc: container, dead: STOPPED };
	const { daemon, metric } = await startWatched(t, { sessions });
	for (let count = 0; count < 3; count++)
		assert.equal(await statusOf(t, daemon.port, request("GET /")), 200);
	const other = (key: string) => request("GET /").replace("=abc", `=${key}`);
	assert.equal(await statusOf(t, daemon.port, other("dead")), 502);
	assert.equal(await statusOf(t, daemon.port, other("nobody")), 403);

	const total = (labels: string) => metric(`${P}_requests_total{${labels}}`);
	assert.equal(await total('class="2xx",termination="--"'), 3);
	assert.equal(await total('class="5xx",termination="SC"'), 1);
	assert.equal(await total('class="4xx",termination="PR"'), 1);
	assert.equal(await metric(`${P}_request_duration_seconds_count`), 5);
	assert.equal(
		await metric(`${P}_request_duration_seconds_bucket{le="+Inf"}`),
		5,
	);
	const lookups = (result: string) =>
		metric(`${P}_session_map_lookups_total{result="${result}"}`);
	assert.ok((await lookups("target")) >= 4);
	assert.equal(await lookups("unknown"), 1);
	assert.equal(await metric(`${P}_internal_faults_total`), 0);
});

test("connect times are those of new connections only", async (t) => {
	const container = await startAnswering(t);
	const { daemon, metric } = await startWatched(t, {
		sessions: { abc: container },
		args: ["--keep-alive", "always"],
	});
	const client = await connect(t, daemon.port);
	for (let count = 0; count < 3; count++)
		await client.send(request("GET /")).response();
	assert.equal(container.connections.length, 1);
	assert.equal(await metric(`${P}_connect_duration_seconds_count`), 1);
	assert.equal(await metric(`${P}_idle_container_connections`), 1);
	assert.equal(await metric(`${P}_client_connections`), 1);
});

test("an open tunnel and its bytes are counted, but not as a request's duration", async (t) => {
	const container = await startBackend(t, switchProtocols, { halfOpen: true });
	const { daemon, metric } = await startWatched(t, {
		sessions: { abc: container },
		args: ["--verbose"],
	});
	const client = await openThrough(t, daemon.port);
	const other = await container.connection(0);
	client.send("12345");
	await other.until("12345");
	const from = `${P}_bytes_total{direction="from_client"}`;
	assert.equal(await metric(`${P}_open_tunnels`), 1);
	assert.equal(await metric(`${P}_active_sessions`), 1);
	assert.equal(await metric(from), 5);
	client.end();
	other.end();
	await daemon.logged(({ upgrade }) => upgrade === true);
	assert.equal(await metric(`${P}_open_tunnels`), 0);
	assert.equal(await metric(`${P}_tunnels_total`), 1);
	assert.equal(await metric(from), 5);
	assert.equal(await metric(`${P}_request_duration_seconds_count`), 0);
});

test("no number of clients, paths, hosts or sessions makes more series", async (t) => {
	const container = await startAnswering(t);
	const sessions = { abc: container, other: container };
	const watched = await startWatched(t, { sessions });
	const { daemon } = watched;
	const visit = (name: string) =>
		statusOf(
			t,
			daemon.port,
			request(`GET /${name}`).replace("galaxy.example", `${name}.example`),
		);
	await visit("one");
	const before = await seriesOf(watched);
	await visit("two");
	const text = request("GET /three").replace("=abc", "=other");
	await statusOf(t, daemon.port, text);
	assert.deepEqual(await seriesOf(watched), before);
	assert.ok(before.length > 50, `${before.length} series`);
});

/** Names with their labels. */
async function seriesOf({ ask }: Watched): Promise<string[]> {
	const { text } = await ask("/metrics");
	const lines = text.split("\n").filter((line) => /^[a-z]/.test(line));
	return lines.map((line) => line.slice(0, line.lastIndexOf(" "))).sort();
}
