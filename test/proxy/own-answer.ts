import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
	anonymous,
	connect,
	type RawClient,
	type RawResponse,
	values,
} from "../support/client.js";

/** The expected form of the proxy's own answer. */
export interface Expected {
	readonly status: number;
	readonly text: RegExp;
	/** "Retry-After"; absent where it must be. */
	readonly retryAfter?: string;
	readonly closes: boolean;
}

/** Reads the answer on the client's connection and compares it, and what becomes of the connection. */
export async function expectAnswer(
	client: RawClient,
	expected: Expected,
): Promise<RawResponse> {
	const response = await client.response();
	assert.equal(response.status, expected.status);
	assert.match(response.text, expected.text);
	assert.equal(response.framing, "length");
	const { headers } = response;
	assert.deepEqual(values(headers, "Cache-Control"), ["no-store"]);
	assert.deepEqual(values(headers, "Content-Type"), [
		"text/plain; charset=utf-8",
	]);
	const after = expected.retryAfter;
	assert.deepEqual(
		values(headers, "Retry-After"),
		after === undefined ? [] : [after],
	);
	assert.deepEqual(
		values(headers, "Connection"),
		expected.closes ? ["close"] : [],
	);
	if (expected.closes) assert.equal(await client.closed, "end");
	else await expectAlive(client);
	return response;
}

/** The connection carries another request; what it is answered is no matter. */
export async function expectAlive(client: RawClient): Promise<void> {
	await client.send(anonymous("GET /alive")).response();
}

/** Sends the bytes on a new connection and compares the answer. */
export async function answerTo(
	t: TestContext,
	port: number,
	bytes: string,
	expected: Expected,
): Promise<void> {
	const client = await connect(t, port);
	await expectAnswer(client.send(bytes), expected);
}
