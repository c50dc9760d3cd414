import assert from "node:assert/strict";
import { test } from "node:test";
import { request, upgrade } from "../support/client.js";
import { type Answer, startAnswering } from "../support/container.js";
import { noFullListener, startFullListener } from "../support/full-listener.js";
import { startClient, startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

const UNREACHED = { status: 504, text: /^The environment cannot be reached/ };

for (const [name, text, closes] of [
	["request", request("GET /"), false],
	["upgrade", upgrade(), true],
] as const)
	test(`504 for a ${name} if connecting takes longer than --connect-timeout`, {
		skip: noFullListener,
	}, async (t) => {
		const { port } = await startFullListener(t);
		const target = { host: "127.0.0.1", port };
		const proxy = await startProxy(
			t,
			{ abc: target },
			{ connectTimeoutMs: 200 },
		);
		await answerTo(t, proxy.port, text, { ...UNREACHED, closes });
	});

const FLAGS = { responseTimeoutMs: 200 };
const SLOW = { status: 504, text: /^The environment did not answer in time/ };

for (const [name, text, closes] of [
	["GET", request("GET /"), false],
	["POST", `${request("POST /", "Content-Length: 2")}ab`, false],
	["upgrade", upgrade(), true],
] as const)
	test(`504 for a ${name} whose answer does not begin in time`, async (t) => {
		const container = await startAnswering(t, "HTTP/1.1 200 OK\r\n");
		const proxy = await startProxy(t, { abc: container }, FLAGS);
		await answerTo(t, proxy.port, text, { ...SLOW, closes });
		assert.equal((await proxy.exchange(0)).termination, "sH");
		const connection = await container.connection(0);
		await connection.closed;
	});

test("an answer that has begun has no time limit", async (t) => {
	let rest = () => {};
	const answer: Answer = (_request, connection) => {
		rest = () => connection.send("ok");
		return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
	};
	const container = await startAnswering(t, answer);
	const silent = await startAnswering(t, "");
	// A stop of this process that takes so long is noticed, and does not count.
	const flags = { responseTimeoutMs: 1_500 };
	const sessions = { abc: container, other: silent };
	const { proxy, client } = await startClient(t, sessions, flags);
	await client.send(request("GET /")).until("\r\n\r\n");
	// Another request times out first.
	const text = request("GET /").replace("=abc", "=other");
	await answerTo(t, proxy.port, text, { ...SLOW, closes: false });
	rest();
	assert.equal((await client.response()).text, "ok");
});
