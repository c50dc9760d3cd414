import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { isAt } from "../../src/proxy/target-address.js";
import { connect, request } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

const PORT = 8800;

for (const [own, there, ours] of [
	["127.0.0.1", "127.0.0.1", true],
	["127.0.0.1", "127.0.0.2", false],
	["127.0.0.1", "::1", false],
	["127.0.0.1", "::ffff:127.0.0.1", true],
	["127.0.0.1", "0.0.0.0", true],
	["127.0.0.1", "172.17.0.2", false],
	["::1", "::1", true],
	["::1", "::", true],
	["0.0.0.0", "127.0.0.1", true],
	["0.0.0.0", "127.8.8.8", true],
	["0.0.0.0", "0.0.0.0", true],
	["0.0.0.0", "192.0.2.1", false],
	["::", "127.0.0.1", true],
	["::", "::ffff:127.0.0.1", true],
	["::", "::1", true],
	["::", "2001:db8::1", false],
	["fe80::1%eth0", "fe80::1", true],
	["FE80::A", "fe80::a", true],
	["127.0.0.1", "::ffff:7f00:1", true],
	["::1", "0:0:0:0:0:0:0:1", true],
] as const)
	test(`${there} is ${ours ? "" : "not "}a listener on ${own}`, () => {
		assert.equal(isAt({ address: own, port: PORT }, there, PORT), ours);
		assert.equal(isAt({ address: own, port: PORT }, there, PORT + 1), false);
	});

test("a listener on every address is on each interface's", () => {
	for (const entry of Object.values(networkInterfaces()).flat())
		assert.ok(
			isAt({ address: "0.0.0.0", port: PORT }, entry?.address ?? "", PORT),
		);
});

for (const [listens, host] of [
	["127.0.0.1", "127.0.0.1"],
	["127.0.0.1", "localhost"],
	["0.0.0.0", "127.0.0.1"],
	["localhost", "127.0.0.1"],
] as const)
	test(`502 for a row that leads to ${host}, where the proxy listens on ${listens}`, async (t) => {
		const proxy = await startProxy(t, {}, { host: listens });
		const target = { host, port: proxy.port };
		proxy.routes.set("abc", { kind: "target", target });
		await answerTo(t, proxy.port, request("GET /"), {
			status: 502,
			text: /^Proxy target missing$/,
			closes: false,
		});
		const { cause, termination } = await proxy.exchange(0);
		assert.equal(cause, "the target is this proxy itself");
		assert.equal(termination, "PC");
	});

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
		const { cause } = await proxy.exchange(0);
		assert.equal(cause, "the target is this proxy itself");
	});
