import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { head, type RawResponse, request, upgrade } from "../support/client.js";
import { type StartOptions, startChain } from "../support/proxy.js";

const POLICIES = [
	..."NEL Report-To reporting-endpoints Strict-Transport-Security".split(" "),
	..."ALT-SVC Clear-Site-Data Accept-CH Critical-CH".split(" "),
	..."Use-As-Dictionary Set-Login Service-Worker-Allowed".split(" "),
];
const COMMANDS = ["X-Accel-Redirect", "X-Sendfile", "X-Reproxy-URL"];
const DROPPED = [...POLICIES, ...COMMANDS].map((name) => `${name}: /`);
const KEPT = [
	...["Nel-Like: 1", "Content-Security-Policy: default-src 'self'"],
	...["Permissions-Policy: camera=()", "Referrer-Policy: no-referrer"],
	"Accept-CHx: 2",
];
const LINES = [KEPT[0] ?? "", ...DROPPED, ...KEPT.slice(1)];

/** The response at the client, without fields of framing and connection. */
async function answerOf(
	t: TestContext,
	answer: string,
	{ text = request("GET /"), ...flags }: StartOptions & { text?: string } = {},
): Promise<RawResponse> {
	const { client } = await startChain(t, { ...flags, answer });
	const response = await client.send(text).response();
	return {
		...response,
		headers: response.headers.filter(
			([name]) => !/^(content-length|connection|upgrade|transfer)/i.test(name),
		),
	};
}

const kept = KEPT.map((line) => line.split(": "));

for (const [what, first, more] of [
	["an answer", "HTTP/1.1 200 OK", ["Content-Length: 0"]],
	["a refusal", "HTTP/1.1 404 Not Found", ["Content-Length: 0"]],
	["an early hint", "HTTP/1.1 103 Early Hints", []],
] as const)
	test(`${what} sets no policy for Galaxy's origin, and commands no front proxy`, async (t) => {
		const answer = head(first, ...LINES, ...more);
		const { headers, status } = await answerOf(t, answer);
		assert.equal(status, Number(first.split(" ")[1]));
		assert.deepEqual(headers, kept);
	});

test("nor does the answer to an upgrade", async (t) => {
	const answer = head(
		"HTTP/1.1 101 Yes",
		"Connection: Upgrade",
		"Upgrade: websocket",
		...LINES,
	);
	const { headers } = await answerOf(t, answer, { text: upgrade() });
	assert.deepEqual(headers, kept);
});

test("nor do trailers", async (t) => {
	const { body, trailers } = await answerOf(
		t,
		`${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}1\r\na\r\n0\r\n${head(...LINES)}`,
	);
	assert.equal(body.toString(), "a");
	assert.deepEqual(trailers, kept);
});

test("--keep-field keeps a field, in any letter case, and no other", async (t) => {
	const answer = head(
		"HTTP/1.1 200 OK",
		"NEL: {}",
		"Report-To: {}",
		"X-Accel-Redirect: /a",
		"X-Sendfile: /a",
		"Service-Worker-Allowed: /",
		"Content-Length: 0",
	);
	const keepField = ["nel", "X-ACCEL-REDIRECT", "Service-Worker-Allowed"];
	const { headers } = await answerOf(t, answer, { keepField });
	assert.deepEqual(
		headers.map(([name]) => name),
		["NEL", "X-Accel-Redirect", "Service-Worker-Allowed"],
	);
});

test("an answer that the container repeats byte for byte is filtered each time", async (t) => {
	const answer = head("HTTP/1.1 200 OK", ...LINES, "Content-Length: 0");
	const { client } = await startChain(t, { answer, keepAlive: "always" });
	for (const _ of [1, 2, 3]) {
		const { headers } = await client.send(request("GET /")).response();
		assert.deepEqual(headers.slice(0, kept.length), kept);
	}
});
