import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
	ask,
	connect,
	type RawClient,
	type RawRequest,
	request,
} from "../support/client.js";
import type { Answer } from "../support/container.js";
import { type Chain, startChain } from "../support/proxy.js";

/** Hidden in bodies and behind malformed bytes: no container may read it as a request. */
export const SMUGGLED = request("GET /smuggled");
export const CHUNKED = "Transfer-Encoding: chunked";
export const LAST_CHUNK = "0\r\n\r\n";

export function chunk(content: string): string {
	return `${content.length.toString(16)}\r\n${content}\r\n`;
}

/**
 * A client, and the container of session abc behind a proxy that reuses its connections. By default each answer is the
 * requested target, so that answers cannot be mistaken for each other.
 */
export function startReusingChain(
	t: TestContext,
	options: Parameters<typeof startChain>[1] = {},
): Promise<Chain> {
	return startChain(t, {
		keepAlive: "always",
		answer: answerTarget,
		...options,
	});
}

export function answerTarget({ method, target }: RawRequest): string {
	const body = method === "HEAD" ? "" : target;
	return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${body}`;
}

/** Answers /other with its target, and everything else with the text. */
export function exceptOther(text: string): Answer {
	return (asked) => (asked.target === "/other" ? answerTarget(asked) : text);
}

/** Another client of the same session gets the answer to its own request. */
export async function expectOthersServed(
	t: TestContext,
	{ proxy }: Chain,
): Promise<void> {
	const response = await ask(t, proxy, request("GET /other"));
	assert.equal(response.text, "/other");
}

/**
 * Sends the bytes alone, then behind a good request: each time the answer is the status, the connection ends with it,
 * and the container has not got a byte.
 */
export async function expectRefused(
	t: TestContext,
	bytes: string,
	status = 400,
): Promise<void> {
	const chain = await startReusingChain(t);
	for (const before of [0, 1]) {
		const client = await connect(t, chain.proxy.port);
		if (before > 0) await client.send(request("GET /good")).response();
		await expectAnswerAndEnd(client.send(bytes), status);
	}
	await expectOthersServed(t, chain);
	const { connections, requests } = chain.container;
	assert.deepEqual(targetsOf(requests), ["/good", "/other"]);
	const got = connections.map(({ received }) => received).join("");
	assert.equal(got.match(/HTTP\/1\.1\r\n/g)?.length, 2);
}

/**
 * Sends the head, and once the container has it, the malformed body: the client gets an answer, both connections end, and the
 * container never gets a complete request.
 */
export async function expectBodyRefused(
	t: TestContext,
	head: string,
	body: string,
): Promise<void> {
	const chain = await startReusingChain(t);
	const client = await connect(t, chain.proxy.port);
	client.send(head);
	const connection = await chain.container.connection(0);
	await connection.until("\r\n\r\n");
	await expectAnswerAndEnd(client.send(body), 400);
	await connection.closed;
	await expectOthersServed(t, chain);
	assert.deepEqual(targetsOf(chain.container.requests), ["/other"]);
	assert.ok(!connection.received.includes("/smuggled"));
}

/**
 * Sends the bytes and a good request behind them: the container reads these targets and bodies, then the good request,
 * and every answer belongs to its request.
 */
export async function expectPassed(
	t: TestContext,
	bytes: string,
	expected: readonly [target: string, body: string][],
): Promise<readonly RawRequest[]> {
	const { container, proxy } = await startReusingChain(t);
	const client = await connect(t, proxy.port);
	client.send(bytes + request("GET /last"));
	const isHead = bytes.startsWith("HEAD ");
	for (const [target] of expected) {
		const { status, text } = await client.response({ head: isHead });
		assert.deepEqual([status, text], [200, isHead ? "" : target]);
	}
	assert.equal((await client.response()).text, "/last");
	const received = container.requests.map(({ target, body }) => [
		target,
		body.toString("latin1"),
	]);
	assert.deepEqual(received, [...expected, ["/last", ""]]);
	return container.requests;
}

export function targetsOf(requests: readonly RawRequest[]): string[] {
	return requests.map(({ target }) => target);
}

/** The next answer has the status, nothing follows it, and the connection ends. */
export async function expectAnswerAndEnd(
	client: RawClient,
	status: number,
): Promise<void> {
	const answer = await client.response();
	assert.equal(answer.status, status);
	assert.equal(await client.closed, "end");
	assert.ok(client.received.endsWith(`\r\n\r\n${answer.text}`));
}
