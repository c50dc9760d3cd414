import assert from "node:assert/strict";
import { test } from "node:test";
import {
	head,
	type RawResponse,
	request,
	upgrade,
	values,
} from "../support/client.js";
import { responsesTo, startChain } from "../support/proxy.js";

const NAMES = `
	X-Accel-Redirect x-aCCel-rEdireCt X-Sendfile X-SENDFILE X-LIGHTTPD-send-file x-lighttpd-send-file
	X-LIGHTTPD-send-tempfile X-Lighttpd-Send-Tempfile X-LiteSpeed-Location X-Litespeed-location
	X-Reproxy-URL x-reproxy-url X-Reproxy-File X-REPROXY-FILE
`
	.trim()
	.split(/\s+/);
const COMMANDS = NAMES.map((name) => `${name}: /etc/passwd`);
const PASSES = [
	"X-Accel-Buffering: no",
	"X-Accel-Expires: 0",
	"X-Sendfiles: 1",
];

async function answersTo(
	...chain: Parameters<typeof responsesTo>
): Promise<RawResponse[]> {
	const { client, responses } = await responsesTo(...chain);
	assert.doesNotMatch(client.received, /etc\/passwd/);
	return responses;
}

function expectPassed({ headers }: RawResponse): void {
	assert.deepEqual(values(headers, "X-Accel-Buffering"), ["no"]);
	assert.deepEqual(values(headers, "X-Accel-Expires"), ["0"]);
	assert.deepEqual(values(headers, "X-Sendfiles"), ["1"]);
}

const FIELDS = [...COMMANDS, ...PASSES];

for (const [status, body] of [
	[200, "ok"],
	[404, "no"],
] as const)
	test(`an answer ${status} without commands to a front proxy`, async (t) => {
		const lines = head(`HTTP/1.1 ${status} X`, "Content-Length: 2", ...FIELDS);
		const [answer] = await answersTo(t, request("GET /"), lines + body, 1);
		assert.ok(answer);
		assert.equal(answer.text, body);
		expectPassed(answer);
	});

for (const status of [102, 103])
	test(`an interim answer ${status} without commands to a front proxy`, async (t) => {
		const interim = head(`HTTP/1.1 ${status} X`, ...FIELDS);
		const last = head("HTTP/1.1 200 OK", "Content-Length: 0");
		const text = request("GET /");
		const [first, second] = await answersTo(t, text, interim + last, 2);
		assert.deepEqual([first?.status, second?.status], [status, 200]);
		assert.ok(first);
		expectPassed(first);
	});

test("a 101 without commands to a front proxy", async (t) => {
	const upgraded = ["Connection: Upgrade", "Upgrade: websocket"];
	const lines = head("HTTP/1.1 101 X", ...upgraded, ...FIELDS);
	const [answer] = await answersTo(t, upgrade(), lines, 1);
	assert.equal(answer?.status, 101);
	expectPassed(answer);
});

test("a trailer without commands to a front proxy", async (t) => {
	const lines = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
	const text = `${lines}2\r\nok\r\n${head("0", ...FIELDS)}`;
	const [answer] = await answersTo(t, request("GET /"), text, 1);
	assert.ok(answer);
	assert.equal(answer.text, "ok");
	expectPassed({ ...answer, headers: answer.trailers });
	assert.equal(answer.trailers.length, PASSES.length);
});

test("an answer to HEAD without commands to a front proxy", async (t) => {
	const { client } = await startChain(t, {
		answer: head("HTTP/1.1 200 OK", ...FIELDS),
	});
	const answer = await client.send(request("HEAD /")).response({ head: true });
	assert.doesNotMatch(client.received, /etc\/passwd/);
	expectPassed(answer);
});
