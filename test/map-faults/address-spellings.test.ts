import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startHttpBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
	list?.some(({ address }) => address === "::1"),
);

for (const [address, hosts] of [
	["::1", ["::1", "[::1]", "0:0:0:0:0:0:0:1", "[0::1]", "localhost"]],
	["127.0.0.1", ["127.0.0.1", "localhost", "::ffff:127.0.0.1"]],
] as const)
	test(`a container that listens only on ${address} is reached however the row spells it`, async (t) => {
		if (address === "::1" && !hasIPv6) return t.skip("this machine has no ::1");
		const { port } = await startHttpBackend(
			t,
			(_request, response) => response.end("here"),
			{ host: address },
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
