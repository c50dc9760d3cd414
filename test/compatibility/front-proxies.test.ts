import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";

test("a form post of nginx, which speaks HTTP/1.0 by default, arrives complete", async (t) => {
	const { client, container } = await startChain(t);
	const lines = ["Host: localhost:8800", "Connection: close", COOKIE];
	client.send(
		`${head("POST /login HTTP/1.0", ...lines, "Content-Length: 3")}a=b`,
	);
	assert.equal((await client.response()).status, 200);
	const request = await container.request(0);
	assert.deepEqual(
		[request.method, request.body.toString(), request.version],
		["POST", "a=b", "1.1"],
	);
	assert.deepEqual(values(request.headers, "Host"), ["localhost:8800"]);
	assert.equal(await client.closed, "end");
});

const LINES = ["Host: localhost:8800", "Connection: upgrade", COOKIE];

// The seed's kernels location sends it on every request.
test("Connection: upgrade without Upgrade is a plain request, and the connection stays open", async (t) => {
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

const FROM_APACHE = head(
	"GET /gie_proxy/jupyter/ipython/ HTTP/1.1",
	"Host: localhost:8800",
	COOKIE,
	"X-Forwarded-For: 192.0.2.9",
	"X-Forwarded-Host: galaxy.example",
	"X-Forwarded-Server: galaxy.example",
	"Connection: Keep-Alive",
);

test("Apache's X-Forwarded fields pass, and its own address is added", async (t) => {
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
