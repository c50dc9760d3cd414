import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeepAlive } from "../../../src/proxy/context.js";
import { request, values } from "../../support/client.js";
import { OK } from "../../support/container.js";
import { startChain } from "../../support/proxy.js";

/** For each request the number of its connection, and its Connection field. */
type Carried = readonly (readonly [number | undefined, string[]])[];

const CLOSE = ["close"];

const CASES: [KeepAlive, Carried][] = [
	[
		"auto",
		[
			[0, CLOSE],
			[1, CLOSE],
			[2, CLOSE],
			[3, CLOSE],
			[4, []],
			[4, []],
		],
	],
	[
		"always",
		[
			[0, []],
			[0, []],
			[0, []],
		],
	],
	[
		"never",
		[
			[0, CLOSE],
			[1, CLOSE],
			[2, CLOSE],
			[3, CLOSE],
			[4, CLOSE],
			[5, CLOSE],
		],
	],
];

for (const [keepAlive, carried] of CASES)
	test(`--keep-alive ${keepAlive}`, async (t) => {
		const seen: [number | undefined, string[]][] = [];
		const { client, container } = await startChain(t, {
			answer: ({ headers }, connection) => {
				const index = container.connections.indexOf(connection);
				seen.push([index, values(headers, "Connection")]);
				return OK;
			},
			keepAlive,
		});
		for (const _ of carried) {
			const { headers } = await client.send(request("GET /")).response();
			assert.deepEqual(values(headers, "Connection"), []);
		}
		assert.deepEqual(seen, carried);
	});
