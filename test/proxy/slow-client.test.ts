import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { COOKIE, connect, head, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { startProxy } from "../support/proxy.js";
import { readSlowly } from "../support/slow-reader.js";

/** More than the sockets between proxy and client buffer. */
const BODY = Buffer.alloc(12_000_000, "x");
const TIMEOUT = { bodyTimeoutMs: 2_000 };
/**
 * Reads less within the time limit than the size of one write, or a third of a socket's buffer: so the kernel takes no
 * write as a whole within it.
 */
const RATE = 115_000;
/** Read slowly, for several times the time limit. */
const SLOWLY = 700_000;

const CHUNKED = Buffer.concat([
	Buffer.from(`${BODY.length.toString(16)}\r\n`),
	BODY,
	Buffer.from("\r\n0\r\n\r\n"),
]);

async function readAll(
	t: TestContext,
	answer: [string, Buffer],
	where: { host: string; from?: object; text?: string },
): Promise<void> {
	const container = await startAnswering(t, (_request, connection) => {
		connection.send(answer[0]).send(answer[1]);
		if (!/length|chunked/i.test(answer[0])) connection.end();
		return "";
	});
	const { host, from = { host }, text = request("GET /") } = where;
	const proxy = await startProxy(t, { abc: container }, { ...TIMEOUT, host });
	const client = await connect(t, proxy.port, from);
	client.send(text);
	await readSlowly(client, RATE, SLOWLY);
	client.socket.resume();
	const { body } = await client.response();
	assert.equal(body.length, BODY.length);
	assert.equal((await proxy.exchange(0)).termination, "--");
}

const LENGTH: [string, Buffer] = [
	head("HTTP/1.1 200 OK", `Content-Length: ${BODY.length}`),
	BODY,
];
const CHUNKS: [string, Buffer] = [
	head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
	CHUNKED,
];
const UNTIL_CLOSE: [string, Buffer] = [head("HTTP/1.1 200 OK"), BODY];
const OLD = head("GET / HTTP/1.0", COOKIE);

test("a client that reads slowly gets the whole answer", {
	concurrency: true,
}, async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const v4 = "127.0.0.1";
	await Promise.all(
		(
			[
				["a length, over IPv4", LENGTH, { host: v4 }],
				["chunks, over IPv6", CHUNKS, { host: "::1" }],
				[
					"its end, over IPv4 to ::",
					UNTIL_CLOSE,
					{ host: "::", from: { host: v4 } },
				],
				["a length, over HTTP/1.0", LENGTH, { host: v4, text: OLD }],
				[
					"chunks, over a unix socket",
					CHUNKS,
					{ host: `unix:${path}`, from: { path } },
				],
			] as const
		).map(([name, answer, where]) =>
			t.test(name, (t) => readAll(t, answer, where)),
		),
	);
});
