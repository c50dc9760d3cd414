import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, head, values } from "../support/client.js";
import { OK } from "../support/container.js";
import { startChain } from "../support/proxy.js";

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
