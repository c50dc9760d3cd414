import assert from "node:assert/strict";
import { test } from "node:test";
import { request, values } from "../../support/client.js";
import { startChain } from "../../support/proxy.js";

const CHUNKS = "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n";

for (const [name, answer] of [
	["alone", `HTTP/1.0 200 OK\r\n${CHUNKS}\r\n`],
	[
		"with keep-alive",
		`HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${CHUNKS}\r\n`,
	],
	["with a length", `HTTP/1.0 200 OK\r\nContent-Length: 5\r\n${CHUNKS}\r\n`],
	["with trailers", `HTTP/1.0 200 OK\r\n${CHUNKS}X-Sum: 1\r\n\r\n`],
] as const)
	test(`an HTTP/1.0 answer in chunks, ${name}: decoded, and its connection is not used again`, async (t) => {
		const { client, container } = await startChain(t, {
			answer,
			keepAlive: "always",
		});
		for (const target of ["/1", "/2"]) {
			const response = await client.send(request(`GET ${target}`)).response();
			assert.deepEqual([response.framing, response.text], ["chunked", "ok"]);
			assert.deepEqual(values(response.headers, "Content-Length"), []);
		}
		assert.equal(container.connections.length, 2);
		await container.connections[0]?.closed;
	});
