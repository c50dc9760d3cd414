import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { isAt } from "../../src/proxy/target-address.js";

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
