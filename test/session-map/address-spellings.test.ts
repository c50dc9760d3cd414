import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../../src/session-map/row.js";

const SAME = [
	["docker", "Docker", "DOCKER.", "docker."],
	["localhost", "LocalHost.", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1"],
	["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"],
	["172.17.0.1", "::ffff:172.17.0.1"],
	["fe80::1", "FE80:0:0::1", "fe80:0000::0001"],
	["fe80::1%eth0", "FE80:0::1%eth0"],
];

for (const [first = "", ...others] of SAME)
	for (const other of others)
		test(`${first} and ${other} are one machine`, () => {
			assert.equal(
				addressOf({ host: other, port: 80 }),
				addressOf({ host: first, port: 80 }),
			);
		});

for (const [one, other] of [
	["docker", "docker.example"],
	["docker", "docker2"],
	["localhost", "127.0.0.2"],
	["fe80::1%eth0", "fe80::1%eth1"],
	["fe80::1", "fe80::2"],
] as const)
	test(`${one} and ${other} are two machines`, () => {
		assert.notEqual(
			addressOf({ host: one, port: 80 }),
			addressOf({ host: other, port: 80 }),
		);
	});

test("another port is another address", () => {
	assert.notEqual(
		addressOf({ host: "docker", port: 80 }),
		addressOf({ host: "docker", port: 81 }),
	);
});
