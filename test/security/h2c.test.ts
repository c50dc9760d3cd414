import assert from "node:assert/strict";
import { test } from "node:test";
import { request, values } from "../support/client.js";
import { startReusingChain } from "./attack.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

for (const lines of [
	["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"],
	["Connection: Upgrade", "Upgrade: h2c"],
	["Upgrade: h2c"],
	["Connection: Upgrade", "Upgrade: h2c, websocket/13"],
	["Connection: Upgrade", "Upgrade: h2c", "Upgrade: TLS/1.0"],
])
	test(`h2c smuggling (RFC 9113 3.1): the container is not asked for HTTP/2 by ${lines.join(" | ")}`, async (t) => {
		const { client, container } = await startReusingChain(t);
		const text = request("GET /a", ...lines, "HTTP2-Settings: AAMAAABk");
		client.send(text + PREFACE);
		const response = await client.response();
		assert.equal(response.text, "/a");
		const { headers } = await container.request(0);
		for (const name of ["Upgrade", "HTTP2-Settings", "Connection"])
			assert.deepEqual(values(headers, name), []);

		// Behind what asked for an upgrade nothing is read; without Connection nobody asked.
		const asked = lines.some((line) => line.startsWith("Connection:"));
		assert.deepEqual(
			values(response.headers, "Connection"),
			asked ? ["close"] : [],
		);
		if (!asked) assert.equal((await client.response()).status, 505);
		assert.equal(await client.closed, "end");
		assert.equal(
			client.received.match(/HTTP\/1\.1 \d/g)?.length,
			asked ? 1 : 2,
		);
		assert.ok(!container.connections[0]?.received.includes("PRI"));
	});

test("of h2c and websocket the container is asked for the WebSocket alone", async (t) => {
	const { client, container } = await startReusingChain(t);
	const both = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"];
	const more = ["Upgrade: websocket", "HTTP2-Settings: AAMAAABk"];
	client.send(request("GET /a", ...both, ...more) + PREFACE);
	assert.equal((await client.response()).text, "/a");
	const { headers } = await container.request(0);
	assert.deepEqual(values(headers, "Upgrade"), ["websocket"]);
	assert.deepEqual(values(headers, "HTTP2-Settings"), []);
	assert.equal(await client.closed, "end");
	assert.ok(!container.connections[0]?.received.includes("PRI"));
});
