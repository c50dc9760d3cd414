import assert from "node:assert/strict";
import { test } from "node:test";
import { request, values } from "../../support/client.js";
import { startChain } from "../../support/proxy.js";

const HELLO = "Content-Length: 5\r\n\r\nhello";
const CHUNKS = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
/** How much of the answer comes first: all of it, the head, or the head and a part of the body. */
const FIRST_PARTS = [9_999, 0, 3];

// Python's and Flask's development servers send a body with the answer to HEAD, if the application writes one.
for (const [method, status, rest, lengths] of [
	["HEAD", "200 OK", HELLO, ["5"]],
	["HEAD", "404 Not Found", CHUNKS, []],
	["HEAD", "200 OK", `\r\n${"hello".repeat(20_000)}`, []],
	["GET", "204 No Content", HELLO, []],
	["DELETE", "204 No Content", CHUNKS, []],
	["GET", "304 Not Modified", HELLO, ["5"]],
	["GET", "304 Not Modified", CHUNKS, []],
] as const)
	for (const part of FIRST_PARTS)
		test(`${method} answered ${status} with ${JSON.stringify(rest.slice(0, 30))}, ${part} bytes of the body at once`, async (t) => {
			const text = `HTTP/1.1 ${status}\r\n${rest}`;
			const at = text.indexOf("\r\n\r\n") + 4 + part;
			const { client, container } = await startChain(t, {
				answer: ({ target }) =>
					target === "/a"
						? text.slice(0, at)
						: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext",
				keepAlive: "always",
			});
			client.send(request(`${method} /a`));
			const response = await client.response({ head: method === "HEAD" });
			assert.equal(response.text, "");
			assert.deepEqual(values(response.headers, "Content-Length"), lengths);
			assert.deepEqual(values(response.headers, "Transfer-Encoding"), []);
			const [first] = container.connections;
			first?.send(text.slice(at));
			await first?.closed;
			const next = await client.send(request("GET /next")).response();
			assert.equal(next.text, "next");
			assert.equal(container.connections.length, 2);
		});
