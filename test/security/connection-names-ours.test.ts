import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, values } from "../support/client.js";
import { SMUGGLED, startReusingChain } from "./attack.js";

const OURS = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"];

// httputil.ReverseProxy once added its fields first and then took out what Connection names.
test("Connection cannot name fields that the proxy adds (golang/go#50580, @fastify/reply-from 12.6.2)", async (t) => {
	const { client, container } = await startReusingChain(t, {
		trustProxy: ["10.0.0.1"],
	});
	const spoofed = OURS.map((name) => `${name}: evil.example`);
	const named = `Connection: ${OURS.join(", ")}, X-Secret`;
	client.send(request("GET /", named, "X-Secret: 1", ...spoofed));
	await client.response();
	const { headers } = await container.request(0);
	assert.deepEqual(
		OURS.map((name) => values(headers, name)),
		[["127.0.0.1"], ["galaxy.example"], ["http"]],
	);
	assert.deepEqual(values(headers, "X-Secret"), []);
	assert.deepEqual(values(headers, "Connection"), []);
});

test("Connection cannot name the fields of framing, host and session", async (t) => {
	const { client, container } = await startReusingChain(t);
	const length = `Content-Length: ${SMUGGLED.length}`;
	const named = "Connection: Content-Length, host, COOKIE, Transfer-Encoding";
	client.send(request("POST /a", named, "Cookie: b=1", length) + SMUGGLED);
	assert.equal((await client.response()).text, "/a");
	const { headers, body } = await container.request(0);
	assert.equal(body.toString(), SMUGGLED);
	assert.deepEqual(values(headers, "Host"), ["galaxy.example"]);
	assert.deepEqual(values(headers, "Cookie"), ["b=1"]);
});

test("a response's Connection cannot name its framing", async (t) => {
	const { proxy } = await startReusingChain(t, {
		answer:
			"HTTP/1.1 200 OK\r\nConnection: Content-Length, X-Secret\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\nok",
	});
	const { headers, text } = await ask(t, proxy, request("GET /"));
	assert.equal(text, "ok");
	assert.deepEqual(headers, [["Content-Length", "2"]]);
});
