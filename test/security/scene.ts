import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
	connect,
	type RawClient,
	type RawRequest,
	request,
} from "../support/client.js";
import {
	type Answer,
	type Answering,
	startAnswering,
} from "../support/container.js";
import {
	type RunningProxy,
	type StartOptions,
	startProxy,
} from "../support/proxy.js";

/** Hides in bodies and behind what is malformed: a container that reads it as a request was lied to. */
export const SMUGGLED = request("GET /smuggled");
export const CHUNKED = "Transfer-Encoding: chunked";
export const LAST_CHUNK = "0\r\n\r\n";

export function chunk(content: string): string {
	return `${content.length.toString(16)}\r\n${content}\r\n`;
}

/** A container of session abc behind a proxy that uses its connections again. */
export interface Scene {
	readonly container: Answering;
	readonly proxy: RunningProxy;
}

/** By default each answer is the target that was asked for, so that nobody's can be taken for another's. */
export async function startScene(
	t: TestContext,
	answer: string | Answer = answerTarget,
	options: StartOptions = {},
): Promise<Scene> {
	const container = await startAnswering(t, answer);
	const flags: StartOptions = { keepAlive: "always", ...options };
	return { container, proxy: await startProxy(t, { abc: container }, flags) };
}

export function answerTarget({ method, target }: RawRequest): string {
	const body = method === "HEAD" ? "" : target;
	return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${body}`;
}

/** A request of the same session on a client's connection of its own is answered with its own target. */
export async function expectOthersServed(
	t: TestContext,
	{ proxy }: Scene,
): Promise<void> {
	const client = await connect(t, proxy.port);
	const response = await client.send(request("GET /other")).response();
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
	const scene = await startScene(t);
	for (const before of [0, 1]) {
		const client = await connect(t, scene.proxy.port);
		if (before > 0) await client.send(request("GET /good")).response();
		await expectAnswerAndEnd(client.send(bytes), status);
	}
	await expectOthersServed(t, scene);
	const { connections, requests } = scene.container;
	assert.deepEqual(targetsOf(requests), ["/good", "/other"]);
	const got = connections.map(({ received }) => received).join("");
	assert.equal(got.match(/HTTP\/1\.1\r\n/g)?.length, 2);
}

/**
 * Sends the head, and once the container has it, the malformed body: the client is told, both connections end, and the
 * container never has a whole request.
 */
export async function expectBodyRefused(
	t: TestContext,
	head: string,
	body: string,
): Promise<void> {
	const scene = await startScene(t);
	const client = await connect(t, scene.proxy.port);
	client.send(head);
	const connection = await scene.container.connection(0);
	await connection.until("\r\n\r\n");
	await expectAnswerAndEnd(client.send(body), 400);
	await connection.closed;
	await expectOthersServed(t, scene);
	assert.deepEqual(targetsOf(scene.container.requests), ["/other"]);
	assert.ok(!connection.received.includes("/smuggled"));
}

/**
 * Sends the bytes and a good request behind them: the container reads these targets and bodies, then the good request,
 * and every answer is the one of its own request.
 */
export async function expectPassed(
	t: TestContext,
	bytes: string,
	expected: readonly [target: string, body: string][],
): Promise<readonly RawRequest[]> {
	const { container, proxy } = await startScene(t);
	const client = await connect(t, proxy.port);
	client.send(bytes + request("GET /last"));
	const isHead = bytes.startsWith("HEAD ");
	for (const [target] of expected) {
		const { status, text } = await client.response({ head: isHead });
		assert.deepEqual([status, text], [200, isHead ? "" : target]);
	}
	assert.equal((await client.response()).text, "/last");
	const seen = container.requests.map(({ target, body }) => [
		target,
		body.toString("latin1"),
	]);
	assert.deepEqual(seen, [...expected, ["/last", ""]]);
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
