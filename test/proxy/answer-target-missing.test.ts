import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Target } from "../../src/route.js";
import { request } from "../support/client.js";
import { STOPPED, startBackend } from "../support/container.js";
import { startClient } from "../support/proxy.js";
import { expectAnswer } from "./own-answer.js";

async function expectMissing(
	t: TestContext,
	target: Target,
	termination: string,
): Promise<void> {
	const { proxy, client } = await startClient(t, { abc: target });
	await expectAnswer(client.send(request("GET /")), {
		status: 502,
		text: /^Proxy target missing$/,
		closes: false,
	});
	assert.equal((await proxy.exchange(0)).termination, termination);
}

test("502 if nothing listens", async (t) => {
	await expectMissing(t, STOPPED, "SC");
});

test("502 for a name that has no address", async (t) => {
	// No name server is asked for it, which might not answer.
	await expectMissing(t, { host: "no-such-host..invalid", port: 80 }, "SC");
});

test("502 for a container that closes without an answer", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.end();
	});
	await expectMissing(t, container, "SH");
});

test("502 for a container that closes within its head", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.send("HTTP/1.1 200 OK\r\nServer: ").end();
	});
	await expectMissing(t, container, "SH");
});

test("502 for a container that resets", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.reset();
	});
	await expectMissing(t, container, "SH");
});

for (const [name, answer] of [
	["SSH", "SSH-2.0-OpenSSH\r\n"],
	["TLS", "\x15\x03\x03\x00\x02\x02\x46"],
	["HTTP/2", "HTTP/2 200\r\n\r\n"],
	[
		"two lengths",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	],
	["an endless head", `HTTP/1.1 200 OK\r\nA: ${"a".repeat(256 * 1024)}`],
] as const)
	test(`502 for a container that speaks ${name}`, async (t) => {
		const container = await startBackend(t, async (connection) => {
			await connection.request();
			connection.send(answer);
		});
		await expectMissing(t, container, "PH");
	});
