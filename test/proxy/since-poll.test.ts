import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientReads } from "../../src/proxy/read-buffers.js";
import { NOT_READY, type Route } from "../../src/route.js";
import { request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { startClient } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

const GET = request("GET /");
const POST = request("POST /", "Content-Length: 4");

// The look at the map that answers a request must not be older than a commit that came before its first byte.
const CASES: [what: string, reads: string[], sincePoll: boolean[]][] = [
	["a request alone in its read", [GET, GET], [true, true]],
	["a request behind another", [GET + GET], [true, false]],
	["a request behind an empty line", [`\r\n${GET}`], [false]],
	[
		"a request behind the rest of a body",
		[`${POST}ab`, `cd${GET}`],
		[true, false],
	],
];

for (const [what, reads, sincePoll] of CASES)
	test(`${what} is looked up as ${sincePoll.join(", then as ")}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const asked: boolean[] = [];
		const find = (_key: string, sincePoll = false) => {
			asked.push(sincePoll);
			return NOT_READY;
		};
		const { client } = await startClient(t, {}, { find });
		for (const bytes of reads) {
			const before = asked.length;
			client.send(bytes);
			const heads = bytes.split("HTTP/1.1").length - 1;
			for (let head = 0; head < heads; head++)
				assert.equal((await client.response()).status, 503);
			assert.equal(asked.length, before + heads);
		}
		assert.deepEqual(asked, sincePoll);
	});

test("a request that is sent again is looked up again", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send(OK);
		await connection.request();
		connection.end();
	});
	const asked: boolean[] = [];
	const find = (_key: string, sincePoll = false): Route => {
		asked.push(sincePoll);
		return { kind: "target", target: container };
	};
	const { client } = await startClient(t, {}, { find, keepAlive: "always" });
	await client.send(GET).response();
	await client.send(GET).response();
	assert.deepEqual(asked, [true, true, false]);
});

test("bytes that libuv reads after a full buffer are not taken for older than they are", () => {
	const reads = new ClientReads();
	const found: boolean[] = [];
	reads.reader = {
		carriesBytes: false,
		received: () => found.push(reads.sincePoll),
		onDefect: assert.fail,
	};
	for (const read of ["part", "full", "full", "part", "part"]) {
		const { length } = reads.onread.buffer();
		reads.onread.callback(read === "full" ? length : 1);
	}
	assert.deepEqual(found, [true, true, false, false, true]);
});
