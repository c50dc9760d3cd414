import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { WORKERS } from "../support/workers.js";
import {
	answerTarget,
	expectOthersServed,
	startReusingChain,
} from "./attack.js";

const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
const LENGTH = `Content-Length: ${EVIL.length}\r\n\r\n${EVIL}`;
const CHUNKS = `Transfer-Encoding: chunked\r\n\r\n${EVIL.length.toString(16)}\r\n${EVIL}\r\n0\r\n\r\n`;

for (const [method, status] of [
	["HEAD", "200 OK"],
	["GET", "204 No Content"],
	["GET", "304 Not Modified"],
] as const)
	for (const [framing, rest] of [
		["a length", LENGTH],
		["chunks", CHUNKS],
		["nothing", `Content-Length: 0\r\n\r\n${EVIL}`],
	] as const)
		test(`${method} answered ${status} with a body by ${framing} (RFC 9112 6.3): nobody gets that body`, async (t) => {
			const chain = await startReusingChain(t, {
				answer: (asked) =>
					asked.target === "/a"
						? `HTTP/1.1 ${status}\r\n${rest}`
						: answerTarget(asked),
			});
			const { client } = chain;
			client.send(request(`${method} /a`) + request("GET /next"));
			const first = await client.response({ head: method === "HEAD" });
			assert.equal(first.status, Number.parseInt(status, 10));
			assert.equal((await client.response()).text, "/next");
			await chain.container.connections[0]?.closed;
			await expectOthersServed(t, chain);
			assert.ok(!client.received.includes("evil"));
			// Each worker has connections of its own.
			if (WORKERS === 0) assert.equal(chain.container.connections.length, 2);
		});
