import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { as, connect, type RawClient, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { limitDescriptors } from "../support/descriptors.js";
import { startDaemonChain } from "../support/proxy.js";
import { writeSessionMap } from "../support/session-map.js";

const skip = process.platform !== "linux" && "the limit is read in /proc";

/** The words that run a program with so many descriptors. */
function withDescriptors(count: number): string[] {
	return ["sh", "-c", `ulimit -n ${count}; exec "$@"`, "sh"];
}

async function statusOf(client: RawClient, session = "abc"): Promise<number> {
	return (await client.send(as(session, request("GET /"))).response()).status;
}

test("connected clients are served during a flood", { skip }, async (t) => {
	const {
		client: served,
		container,
		daemon,
	} = await startDaemonChain(t, { within: withDescriptors(70) });
	assert.equal(await statusOf(served), 200);

	const flood: RawClient[] = [];
	while (flood.length < 100)
		flood.push(await connect(t, daemon.port, { halfOpen: true }));
	await flood.at(-1)?.closed;
	// A container that closed needs a new connection, and so a descriptor.
	container.connections.at(-1)?.end();
	assert.equal(await statusOf(served), 200);
	const line = await daemon.logged(({ level }) => level === "warn");
	assert.match(String(line.msg), /raise --max-clients and the open file limit/);

	for (const client of flood) client.destroy();
	assert.equal(await statusOf(served), 200);
});

test("--max-clients shrinks to the open file limit", { skip }, async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		within: withDescriptors(70),
		args: ["--max-clients", "1000"],
	});
	const told = await daemon.logged(({ level }) => level === "warn");
	assert.equal(told.maxClients, 3);
	assert.match(String(told.msg), /LimitNOFILE, ulimit -n/);
	const held = await Promise.all(
		Array.from({ length: 3 }, () => connect(t, daemon.port)),
	);
	for (const client of held) assert.equal(await statusOf(client), 200);
	const over = await connect(t, daemon.port);
	assert.equal((await over.response()).status, 503);
	for (const client of held) assert.equal(await statusOf(client), 200);
});

test("with too few descriptors to start, it ends and says why", {
	skip,
}, async () => {
	const args = ["--port", "0", "--sessions", "/nowhere/map.sqlite"];
	// Fewer than 20 do not carry a Node 22; with 21 a Node 20 serves.
	const ended = await runCli(args, { within: withDescriptors(20) });
	assert.equal(ended.code, 1);
	assert.match(ended.stdout + ended.stderr, /too many open files/);
});

test("it recovers from a lack of descriptors", { skip }, async (t) => {
	const {
		client: there,
		container,
		daemon,
	} = await startDaemonChain(t, { args: ["--keep-alive", "always"] });
	assert.equal(await statusOf(there, "abc"), 200);

	const open = readdirSync(`/proc/${daemon.pid}/fd`).length;
	limitDescriptors(daemon.pid, open);
	const late = await Promise.all(
		Array.from({ length: 8 }, () => connect(t, daemon.port)),
	);
	await Promise.any(late.map((client) => client.closed));
	assert.equal(await statusOf(there, "abc"), 200);

	// A change of the map is read through the descriptor that is already open.
	writeSessionMap(daemon.map, { new: container });
	assert.equal(await statusOf(there, "abc"), 200);
	assert.equal(await statusOf(there, "new"), 503);
	await daemon.logged(({ msg }) => /open file limit/.test(String(msg)));

	limitDescriptors(daemon.pid, 0);
	const next = await connect(t, daemon.port);
	assert.equal(await statusOf(next, "abc"), 200);
	const another = await connect(t, daemon.port);
	assert.equal(await statusOf(another, "new"), 200);
});
