import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, values } from "../support/client.js";
import { OK } from "../support/container.js";
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

const LINES = ["Host: localhost:8800", "Connection: upgrade", COOKIE];

// The seed's kernels location sends it on every request.
test("Connection: upgrade without Upgrade is a plain request, and the connection lives", async (t) => {
	const { client, container } = await startChain(t);
	for (const target of ["/api/kernels/1", "/api/kernels/2"]) {
		client.send(head(`GET ${target} HTTP/1.1`, ...LINES));
		assert.equal((await client.response()).text, "ok");
	}
	const length = "Content-Length: 2";
	client.send(`${head("POST /api/kernels HTTP/1.1", ...LINES, length)}{}`);
	assert.equal((await client.response()).text, "ok");
	for (const { headers } of container.requests) {
		assert.deepEqual(values(headers, "Upgrade"), []);
		assert.ok(!values(headers, "Connection").includes("upgrade"));
	}
	assert.equal(container.requests[2]?.body.toString(), "{}");
});

test("there a 103 is kept back, because nginx takes it for the answer", async (t) => {
	const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
	const { client } = await startChain(t, { answer: hints + OK });
	client.send(head("GET /api/kernels HTTP/1.1", ...LINES));
	assert.equal((await client.response()).status, 200);
});

const FROM_APACHE = head(
	"GET /gie_proxy/jupyter/ipython/ HTTP/1.1",
	"Host: localhost:8800",
	COOKIE,
	"X-Forwarded-For: 192.0.2.9",
	"X-Forwarded-Host: galaxy.example",
	"X-Forwarded-Server: galaxy.example",
	"Connection: Keep-Alive",
);

test("what Apache says of its client passes, and its own address is added", async (t) => {
	const { client, container } = await startChain(t);
	for (let round = 0; round < 2; round++) {
		assert.equal((await client.send(FROM_APACHE).response()).text, "ok");
		const { headers } = await container.request(round);
		for (const [name, value] of [
			["Host", "localhost:8800"],
			["X-Forwarded-For", "192.0.2.9, 127.0.0.1"],
			["X-Forwarded-Host", "galaxy.example"],
			["X-Forwarded-Server", "galaxy.example"],
		] as const)
			assert.deepEqual(values(headers, name), [value]);
		assert.deepEqual(values(headers, "X-Forwarded-Proto"), []);
	}
});
