import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { connect, request } from "../../support/client.js";
import { startProxy } from "../../support/proxy.js";

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
	list?.some(({ address }) => address === "::1"),
);

for (const [listens, host] of [
	["::1", "::1"],
	["::1", "::"],
	["::", "::1"],
	["::", "127.0.0.1"],
	["::", "localhost"],
	["localhost", "::1"],
	["localhost", "localhost"],
] as const)
	test(`502 for a row that leads to ${host}, where the proxy listens on ${listens}`, async (t) => {
		if (!hasIPv6) return t.skip("this machine has no ::1");
		const proxy = await startProxy(t, {}, { host: listens });
		const target = { host, port: proxy.port };
		proxy.routes.set("abc", { kind: "target", target });
		const at = listens === "localhost" ? "127.0.0.1" : "::1";
		const client = await connect(t, proxy.port, { host: at });
		assert.equal((await client.send(request("GET /")).response()).status, 502);
		assert.equal(proxy.exchanges[0]?.cause, "the target is this proxy itself");
	});
