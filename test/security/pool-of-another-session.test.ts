import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startClient } from "../support/proxy.js";
import { answerTarget } from "./attack.js";

const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

// Ports of containers are used again, and @fastify/reply-from once found its upstreams by a key that collided.
for (const name of ["other", "abc2", "ab", "abc|127.0.0.1", "ABC"])
	test(`a session at the same address (GHSA-v574-6498-x57v) gets no byte that abc's container left behind: ${name}`, async (t) => {
		const container = await startAnswering(t, answerTarget);
		const flags = { keepAlive: "always" } as const;
		const sessions = { abc: container, [name]: container };
		const { client } = await startClient(t, sessions, flags);
		await client.send(request("GET /abc")).response();
		const [pooled] = container.connections;
		assert.equal(pooled?.ending, undefined);

		const text = request("GET /theirs").replace("=abc", `=${name}`);
		assert.equal((await client.send(text).response()).text, "/theirs");
		assert.equal(container.connections.length, 2);
		assert.ok(!pooled?.received.includes("/theirs"));

		await pooled?.send(EVIL).closed;
		assert.equal((await client.send(text).response()).text, "/theirs");
		assert.ok(!client.received.includes("evil"));
	});
