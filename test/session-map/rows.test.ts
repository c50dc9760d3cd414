import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf, routeOfAddress } from "../../src/session-map/row.js";
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
