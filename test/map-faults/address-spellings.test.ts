import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { bindSockets } from "../../src/listening/bound-socket.js";
import { connect, request } from "../support/client.js";
import { startHttpBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
	list?.some(({ address }) => address === "::1"),
);

/** A port of ::1 that no other program can have at 127.0.0.1, which the proxy tries before. */
async function portOfOurs(t: TestContext): Promise<number> {
	const [held] = await bindSockets("127.0.0.1", 0);
	t.after(() => held?.close());
	return held?.at.port ?? 0;
}

for (const [address, hosts] of [
	["::1", ["::1", "[::1]", "0:0:0:0:0:0:0:1", "[0::1]", "localhost"]],
	["127.0.0.1", ["127.0.0.1", "localhost", "::ffff:127.0.0.1"]],
] as const)
	test(`a container that listens only on ${address} is reached however the row spells it`, async (t) => {
		if (address === "::1" && !hasIPv6) return t.skip("this machine has no ::1");
		const { port } = await startHttpBackend(
			t,
			(_request, response) => response.end("here"),
			{ host: address, port: address === "::1" ? await portOfOurs(t) : 0 },
		);
		const daemon = await startDaemon(t);
		const galaxy = startGalaxyMap(t, daemon.map);
		const client = await connect(t, daemon.port);
		for (const host of hosts) {
			await galaxy.put("abc", host, port);
			const { text } = await client.send(request("GET /")).response();
			assert.equal(text, "here", host);
		}
	});
