import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, connect, request, values } from "../../support/client.js";
import { startAnswering, startBackend } from "../../support/container.js";
import { startDaemon } from "../../support/daemon.js";
import { type GalaxyMap, startGalaxyMap } from "../../support/session-map.js";
import { openThrough, SWITCHED, switchProtocols } from "./open-tunnel.js";

test("the tunnel of a moved session continues until its row is removed, and a new one opens when it returns", async (t) => {
	const before = await startBackend(t, switchProtocols);
	const now = await startAnswering(t);
	const daemon = await startDaemon(t, { sessions: { abc: before } });
	const galaxy = startGalaxyMap(t, daemon.map);
	const tunnel = await openThrough(t, daemon.port);
	const upstream = await before.connection(0);

	await galaxy.put("abc", now.host, now.port);
	assert.equal((await ask(t, daemon, request("GET /"))).text, "ok");
	assert.equal(now.requests.length, 1);
	tunnel.send("goes on");
	await upstream.until("goes on");
	upstream.send("both ways");
	await tunnel.until("both ways");

	await galaxy.remove("abc");
	await Promise.all([tunnel.closed, upstream.closed]);
	await galaxy.put("abc", before.host, before.port);
	await openThrough(t, daemon.port);
});

/** A second, and what a busy machine makes of it. */
const BUSY_SECOND_MS = 10_000;

const BEGUN = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun";

/** What Galaxy does to session abc, the answer to its requests, and the cause in the log. */
const WITHDRAWALS: [
	what: string,
	withdraw: (galaxy: GalaxyMap, port: number) => Promise<void>,
	status: number,
	cause: string,
][] = [
	["its row is removed", (galaxy) => galaxy.remove("abc"), 403, "row is gone"],
	[
		"another one takes its address",
		(galaxy, port) => galaxy.put("another", "localhost", port, ["another"]),
		502,
		"written later",
	],
];

// No request of the session comes: the daemon must notice the change on its own.
for (const [what, withdraw, status, cause] of WITHDRAWALS)
	test(`if ${what} a session's tunnel and transfers end within a second, and no other session's`, async (t) => {
		const container = await startBackend(t, async (connection) => {
			const { headers, target } = await connection.request();
			if (values(headers, "Upgrade").length > 0) connection.send(SWITCHED);
			else if (target === "/download") connection.send(BEGUN);
		});
		const elsewhere = await startBackend(t, switchProtocols);
		const { host, port } = container;
		const daemon = await startDaemon(t, {
			sessions: {
				abc: { host, port, ids: ["first"] },
				same: { host, port, ids: ["first"] },
				other: { host, port: elsewhere.port, ids: ["other"] },
			},
			args: ["--verbose"],
		});
		const galaxy = startGalaxyMap(t, daemon.map);
		const other = await openThrough(t, daemon.port, "other");
		const tunnel = await openThrough(t, daemon.port);
		const download = await connect(t, daemon.port);
		await download.send(request("GET /download")).until("begun");
		const waiting = await connect(t, daemon.port);
		waiting.send(request("GET /slow"));
		await (await container.connection(2)).until("/slow");

		await withdraw(galaxy, port);
		const changed = performance.now();
		const answered = waiting.response();
		await Promise.all(
			[tunnel, download, ...container.connections].map(({ closed }) => closed),
		);
		assert.equal((await answered).status, status);
		assert.ok(performance.now() - changed < BUSY_SECOND_MS);
		assert.ok(download.received.endsWith("begun"));
		await daemon.logged((line) => String(line.cause).includes(cause));
		const next = await ask(t, daemon, request("GET /"));
		assert.equal(next.status, status);
		other.send("goes on");
		await (await elsewhere.connection(0)).until("goes on");
		// The one that has taken the address may come at once.
		if (status === 502) await openThrough(t, daemon.port, "another");
	});
