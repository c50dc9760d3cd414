import assert from "node:assert/strict";
import { test } from "node:test";
import {
	addressOf,
	ownerOf,
	routeOf,
	routeOfAddress,
} from "../../src/session-map/row.js";
import { shown } from "./opened-map.js";

const READY: [host: unknown, port: unknown, shown: string][] = [
	["127.0.0.1", 32768, "127.0.0.1:32768"],
	["127.0.0.1", "32768", "127.0.0.1:32768"],
	["gie_1.swarm-node", 1, "gie_1.swarm-node:1"],
	["::1", 65535, "::1:65535"],
	["[fe80::1]", 80, "fe80::1:80"],
];

for (const [host, port, expected] of READY)
	test(`host ${JSON.stringify(host)} and port ${JSON.stringify(port)} are a target`, () => {
		assert.equal(shown(routeOf(host, port)), expected);
	});

const NOT_READY: [host: unknown, port: unknown][] = [
	[null, -8888],
	[null, 8888],
	["", 8888],
	["127.0.0.1", null],
	["127.0.0.1", -8888],
	["127.0.0.1", 0],
	["127.0.0.1", 65536],
	["127.0.0.1", 80.5],
	["127.0.0.1", "18700x"],
	["127.0.0.1", "-80"],
	["127.0.0.1", " 80"],
	["127.0.0.1", "80\0"],
	["127.0.0.1", ""],
	["127.0.0.1", "1e3"],
	["127.0.0.1", true],
	["two words", 80],
	["host\r\nX: y", 80],
	["host\0", 80],
	["user@host", 80],
	["host/path", 80],
	["[127.0.0.1]", 80],
	["[::1", 80],
	["a".repeat(254), 80],
	[17, 80],
];

for (const [host, port] of NOT_READY)
	test(`host ${JSON.stringify(host)?.slice(0, 30)} and port ${JSON.stringify(port)} are not ready`, () => {
		assert.equal(routeOf(host, port).kind, "not-ready");
	});

const ADDRESSES: [address: string, shown: string][] = [
	["localhost:32768", "localhost:32768"],
	["::1:80", "::1:80"],
	["[::1]:80", "::1:80"],
	["localhost", "not-ready"],
	["None:-8888", "not-ready"],
	[":80", "not-ready"],
];

for (const [address, expected] of ADDRESSES)
	test(`the address "${address}" is ${expected}`, () => {
		assert.equal(shown(routeOfAddress(address)), expected);
	});

const SAME_MACHINE = [
	["docker", "Docker", "DOCKER.", "docker."],
	["localhost", "LocalHost.", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1"],
	["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"],
	["172.17.0.1", "::ffff:172.17.0.1"],
	["fe80::1", "FE80:0:0::1", "fe80:0000::0001"],
	["fe80::1%eth0", "FE80:0::1%eth0"],
];

for (const [first = "", ...others] of SAME_MACHINE)
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

const SAME_CONTAINERS: [what: string, one: unknown, other: unknown][] = [
	["another order", '["b", "a"]', '["a","b"]'],
	["an id twice", '["a", "a", "b"]', '["b", "a"]'],
	["a list, and its text", ["f3"], '["f3"]'],
	["spaces in the text", ' [ "f3" ] ', '["f3"]'],
	["an escape in the text", '["\\u0066"]', '["f"]'],
];

for (const [what, one, other] of SAME_CONTAINERS)
	test(`${what}: the same containers`, () => {
		assert.notEqual(ownerOf(one), undefined);
		assert.equal(ownerOf(one), ownerOf(other));
	});

for (const [one, other] of [
	['["a"]', '["b"]'],
	['["a"]', '["A"]'],
	['["a"]', '["a", "b"]'],
])
	test(`${one} and ${other}: other containers`, () => {
		assert.notEqual(ownerOf(one), ownerOf(other));
	});

for (const ids of [
	null,
	undefined,
	[],
	"[]",
	"",
	"null",
	"gie_1",
	'"gie_1"',
	'["gie_1"',
	'"[\\"gie_1\\"]"',
	'{"0": "gie_1"}',
	"[1]",
	'["gie_1", null]',
	'[""]',
	7,
	"[".repeat(100_000),
])
	test(`${String(JSON.stringify(ids)).slice(0, 30)} names no container`, () => {
		assert.equal(ownerOf(ids), undefined);
	});
