import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { request } from "../../support/client.js";
import { type Chain, startChain } from "../../support/proxy.js";

/** A container's answer, and the bytes that its client must get. */
export interface Sample {
	readonly sent: string | readonly string[];
	readonly received: string;
	/** The request's method and target; a GET by default. */
	readonly first?: string;
}

export const OK = "HTTP/1.1 200 OK\r\n";
export const CLOSE = "Connection: close\r\n\r\n";
export const CHUNKED = "Transfer-Encoding: chunked\r\n";

/** The bytes that a client gets, up to the end of its connection. The pieces reach the proxy one by one. */
export async function answerBytes(
	t: TestContext,
	{ sent, first = "GET /" }: Omit<Sample, "received">,
): Promise<{ received: string; chain: Chain }> {
	const chain = await startChain(t, {
		answer: (_request, connection) => {
			void (async () => {
				for (const piece of [sent].flat()) {
					connection.send(piece);
					for (let turn = 0; turn < 3; turn++) await nextTurn();
				}
				connection.end();
			})();
			return "";
		},
	});
	const { client } = chain;
	await client.send(request(first, "Connection: close")).closed;
	return { received: client.received, chain };
}

/** One test for each sample. */
export function passes(samples: Record<string, Sample>): void {
	for (const [name, sample] of Object.entries(samples))
		test(name, async (t) => {
			const { received } = await answerBytes(t, sample);
			assert.equal(received, sample.received);
		});
}

/** One test for each answer, all of which have two readings or none. */
export function refuses(answers: readonly string[]): void {
	for (const sent of answers)
		test(`502: ${JSON.stringify(sent)}`, async (t) => {
			const { received } = await answerBytes(t, { sent });
			assert.match(received, /(?:^|\r\n\r\n)HTTP\/1\.1 502 /);
		});
}

/** One test for each chunked body that must not reach the client as a complete one. */
export function cuts(bodies: readonly string[]): void {
	for (const body of bodies)
		test(`cut: ${JSON.stringify(body)}`, async (t) => {
			const begun = `${OK}${CHUNKED}\r\n2\r\nok\r\n`;
			const { client, container } = await startChain(t, { answer: begun });
			client.send(request("GET /", "Connection: close"));
			await client.until("ok\r\n");
			(await container.connection(0)).send(body).end();
			await client.closed;
			assert.match(client.received, /^HTTP\/1\.1 200 /);
			assert.doesNotMatch(client.received, /0\r\n\r\n$/);
		});
}
