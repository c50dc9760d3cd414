import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { request, upgrade, values } from "../../support/client.js";
import { OK } from "../../support/container.js";
import { startChain } from "../../support/proxy.js";

const CHUNKS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** A chain after this request, and after a GET behind it. */
async function askTwice(t: TestContext, text: string, answer = OK) {
	const { client, container } = await startChain(t, {
		answer: ({ target }) => (target === "/after" ? OK : answer),
		keepAlive: "always",
	});
	const options = { head: text.startsWith("HEAD") };
	let response = await client.send(text).response(options);
	while (response.status < 200) response = await client.response(options);
	if (client.ending === undefined && !text.includes("Upgrade")) {
		const after = await client.send(request("GET /after")).response();
		assert.equal(after.text, "ok");
	}
	return container;
}

// Servers that leave a body unread, or answer HEAD with one, would put its bytes in front of the next request or answer:
// pallets/werkzeug#2397.
for (const [name, text] of [
	["a POST", `${request("POST /", "Content-Length: 2")}ab`],
	["a POST without a body", request("POST /", "Content-Length: 0")],
	[
		"a PUT in chunks",
		`${request("PUT /", "Transfer-Encoding: chunked")}2\r\nab\r\n0\r\n\r\n`,
	],
	["a GET with a body", `${request("GET /", "Content-Length: 2")}ab`],
	["a DELETE", request("DELETE /")],
	["an OPTIONS", request("OPTIONS /")],
	["a HEAD", request("HEAD /")],
] as const)
	test(`${name} has a connection to itself, and says so`, async (t) => {
		const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
		const container = await askTwice(t, text, answer);
		const { headers } = await container.request(0);
		assert.deepEqual(values(headers, "Connection"), ["close"]);
		assert.equal(container.connections.length, 2);
		assert.equal(await container.connections[0]?.closed, "end");
	});

for (const [name, answer] of [
	["204", "HTTP/1.1 204 No Content\r\n\r\n"],
	["304", "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"],
	[
		"304 with a length",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
	],
	["an interim response in front", `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`],
	["two answers", `${OK}${OK}`],
	["Connection: close", OK.replace("OK\r\n", "OK\r\nConnection: close\r\n")],
	["HTTP/1.0", OK.replace("/1.1", "/1.0")],
] as const)
	test(`the connection ends after a GET that is answered with ${name}`, async (t) => {
		const container = await askTwice(t, request("GET /"), answer);
		assert.equal(container.connections.length, 2);
		assert.equal(await container.connections[0]?.closed, "end");
	});

test("the connection ends after a refused upgrade", async (t) => {
	const container = await askTwice(t, upgrade());
	assert.equal(await container.connections[0]?.closed, "end");
});

for (const [name, answer] of [
	["a length", OK],
	["an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
	["chunks", `${CHUNKS}2\r\nok\r\n0\r\n\r\n`],
	["an error with a length", OK.replace("200 OK", "404 Not Found")],
] as const)
	test(`the connection is used again after a GET that is answered with ${name}`, async (t) => {
		const container = await askTwice(t, request("GET /"), answer);
		assert.equal(container.connections.length, 1);
		assert.deepEqual(
			values((await container.request(0)).headers, "Connection"),
			[],
		);
	});
