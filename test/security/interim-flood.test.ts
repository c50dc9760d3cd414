import assert from "node:assert/strict";
import { test } from "node:test";
import { INTERIM_RESPONSES } from "../../src/limits.js";
import { request } from "../support/client.js";
import {
	answerTarget,
	exceptOther,
	expectOthersServed,
	startReusingChain,
} from "./attack.js";

for (const status of [
	"100 Continue",
	"102 Processing",
	"103 Early Hints",
	"199",
])
	test(`a flood of ${status} (RFC 9110 15.2) ends with 502 and the container's connection`, async (t) => {
		const interim = `HTTP/1.1 ${status}\r\nX: ${"a".repeat(100)}\r\n\r\n`;
		const chain = await startReusingChain(t, {
			answer: exceptOther(interim.repeat(10_000)),
		});
		const { client } = chain;
		client.send(request("GET /a"));
		const statuses: number[] = [];
		do statuses.push((await client.response()).status);
		while ((statuses.at(-1) ?? 0) < 200);
		assert.equal(statuses.pop(), 502);
		assert.equal(statuses.length, INTERIM_RESPONSES);
		await chain.container.connections[0]?.closed;
		await expectOthersServed(t, chain);
	});

test("an interim answer has no body, whatever it says", async (t) => {
	const chain = await startReusingChain(t, {
		answer: (asked) =>
			`HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n${answerTarget(asked)}`,
	});
	const { client } = chain;
	const hints = await client.send(request("GET /a")).response();
	assert.deepEqual([hints.status, hints.headers], [103, []]);
	assert.equal((await client.response()).text, "/a");
});
