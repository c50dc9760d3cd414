import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { request } from "../../support/client.js";
import { startClient } from "../../support/proxy.js";

const addresses = (await lookup("localhost", { all: true })).map(
	({ address }) => address,
);

for (const address of ["127.0.0.1", "::1"])
	test(`a container at localhost is reached if it listens only on ${address}`, async (t) => {
		if (!addresses.includes(address))
			return t.skip(`localhost is not ${address} on this machine`);
		const server = createServer((_request, response) => response.end("here"));
		server.listen({ port: 0, host: address, ipv6Only: address === "::1" });
		await once(server, "listening");
		t.after(() => {
			server.closeAllConnections();
			server.close();
		});
		const target = {
			host: "localhost",
			port: (server.address() as AddressInfo).port,
		};
		const { client } = await startClient(t, { abc: target });
		assert.equal((await client.send(request("GET /")).response()).text, "here");
	});
