import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

/** What nginx sends by default. */
function asNginx(first: string, ...lines: string[]): string {
	const own = ["Host: localhost:8800", "Connection: close", COOKIE];
	return head(`${first} HTTP/1.0`, ...own, ...lines);
}

const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED =
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n";
const CLOSED = "HTTP/1.0 200 OK\r\n\r\nhello";

for (const [name, answer] of Object.entries({ LENGTH, CHUNKED, CLOSED }))
	test(`an HTTP/1.0 client gets a body of the framing ${name}, without chunks, and a close`, async (t) => {
		const { client } = await startChain(t, {
			answer: (_, connection) => {
				connection.send(answer);
				if (answer === CLOSED) connection.end();
				return "";
			},
		});
		client.send(asNginx("GET /gie_proxy/jupyter/ipython/tree"));
		const { text, headers } = await client.response();
		assert.equal(text, "hello");
		assert.deepEqual(values(headers, "Transfer-Encoding"), []);
		assert.deepEqual(values(headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
	});

test("a form post of an HTTP/1.0 client arrives whole", async (t) => {
	const { client, container } = await startChain(t);
	const text = asNginx("POST /login", "Content-Length: 3");
	client.send(`${text}a=b`);
	assert.equal((await client.response()).status, 200);
	const request = await container.request(0);
	assert.deepEqual(
		[request.method, request.body.toString(), request.version],
		["POST", "a=b", "1.1"],
	);
	assert.equal(await client.closed, "end");
});
