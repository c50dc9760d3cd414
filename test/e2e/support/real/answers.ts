import { createHash } from "node:crypto";
import type { TestContext } from "node:test";
import {
	COOKIE,
	connect,
	type Fields,
	head,
	type RawClient,
	type RawResponse,
	values,
} from "../../../support/client.js";

/** A request to a real server. */
export interface Message {
	readonly method: string;
	readonly path: string;
	readonly lines?: readonly string[];
	readonly body?: Buffer;
	/** The body is sent in chunks, without its length. */
	readonly isChunked?: boolean;
	/** The client sends the body only after a 100. */
	readonly waits?: boolean;
	/** The server answers before it has read the body. */
	readonly isRefused?: boolean;
}

/** What an answer says to the client, whatever the connection and the framing. */
export interface Answer {
	readonly status: number;
	readonly fields: readonly string[];
	readonly body: string;
}

/** Fields of one connection or one moment. */
const OWN = /^(?:connection|keep-alive|transfer-encoding|date):/i;
const PART = 70_000;

/** The server's own answer. Its lines may end with LF alone, and its body with the connection. */
export async function askDirectly(
	t: TestContext,
	port: number,
	message: Message,
): Promise<Answer> {
	const client = await connect(t, port);
	// A server that refuses may reset the connection, and the client could lose the answer with it.
	const body = message.isRefused
		? message.body?.subarray(0, PART)
		: message.body;
	await send(client, message, body, "Connection: close");
	const end = await endOfHead(client);
	const fields = fieldsOf(client.received.slice(end.from, end.at));
	const [length] = values(fields, "Content-Length");
	const { status } = end;
	if (message.method === "HEAD" || status === 204 || status === 304)
		return answerOf(message, status, fields, Buffer.alloc(0));
	if (length !== undefined) await client.untilBytes(end.at + Number(length));
	else await client.closed;
	const rest = Buffer.from(client.received.slice(end.at), "latin1");
	client.destroy();
	const isChunked = values(fields, "Transfer-Encoding").includes("chunked");
	const content = isChunked ? fromChunks(rest) : rest;
	return answerOf(message, status, fields, content);
}

/** The answer that a client of the daemon gets, which must be well-formed. */
export async function askThrough(
	client: RawClient,
	message: Message,
): Promise<Answer> {
	await send(client, message, message.body, COOKIE);
	if (message.isRefused) {
		const { status, from, at } = await endOfHead(client);
		const fields = fieldsOf(client.received.slice(from, at));
		return answerOf(message, status, fields, Buffer.alloc(0));
	}
	let response: RawResponse;
	do response = await client.response({ head: message.method === "HEAD" });
	while (response.status < 200);
	const { status, headers, body } = response;
	return answerOf(message, status, headers, body);
}

async function send(
	client: RawClient,
	message: Message,
	body: Buffer | undefined,
	...more: string[]
): Promise<void> {
	const { method, path, lines = [], isChunked, waits } = message;
	const framing = isChunked
		? ["Transfer-Encoding: chunked"]
		: message.body
			? [`Content-Length: ${message.body.length}`]
			: [];
	const expects = waits ? ["Expect: 100-continue"] : [];
	const own = ["Host: galaxy.example", ...lines, ...framing, ...expects];
	const before = client.receivedBytes;
	client.send(head(`${method} ${path} HTTP/1.1`, ...own, ...more));
	if (waits)
		await client.until((received) =>
			/HTTP.*\n\r?\n/s.test(received.slice(before)),
		);
	if (body === undefined) return;
	if (!isChunked) client.send(body);
	else for (const chunk of inChunks(body)) client.send(chunk);
}

function* inChunks(body: Buffer): Generator<Buffer> {
	for (let at = 0; at < body.length; at += PART) {
		const part = body.subarray(at, at + PART);
		const size = `${part.length.toString(16)}\r\n`;
		yield Buffer.concat([Buffer.from(size), part, Buffer.from("\r\n")]);
	}
	yield Buffer.from("0\r\n\r\n");
}

/** Of the final response. */
async function endOfHead(
	client: RawClient,
): Promise<{ status: number; from: number; at: number }> {
	const heads =
		/HTTP\/1\.[01] (?<status>\d+)[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n/y;
	let from = 0;
	for (;;) {
		await client.until((received) => {
			heads.lastIndex = from;
			return heads.test(received);
		});
		const at = heads.lastIndex;
		const status = Number(client.received.slice(from + 9, from + 12));
		if (status >= 200) return { status, from, at };
		from = at;
	}
}

function fieldsOf(text: string): Fields {
	const lines = text.split(/\r?\n/).slice(1).filter(Boolean);
	return lines.map((line) => {
		const colon = line.indexOf(":");
		return [line.slice(0, colon), line.slice(colon + 1).trim()];
	});
}

function fromChunks(bytes: Buffer): Buffer {
	const parts: Buffer[] = [];
	for (let at = 0; ; ) {
		const line = bytes.indexOf("\n", at);
		const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
		if (Number.isNaN(size)) throw new Error("the server cut its answer");
		if (size === 0) return Buffer.concat(parts);
		parts.push(bytes.subarray(line + 1, line + 1 + size));
		at = bytes.indexOf("\n", line + 1 + size) + 1;
	}
}

function answerOf(
	message: Message,
	status: number,
	fields: Fields,
	body: Buffer,
): Answer {
	const lines = fields.map(
		([name, value]) => `${name.toLowerCase()}: ${value}`,
	);
	// A length is compared with the body, and by itself only where there is none.
	const compared = lines.filter(
		(line) =>
			!OWN.test(line) &&
			(message.method === "HEAD" || !line.startsWith("content-length:")),
	);
	const digest = createHash("sha256").update(body).digest("hex");
	return {
		status,
		fields: compared.sort(),
		// On a connection with an earlier request, a server that refuses in two writes waits for our ACK between them (Nagle). Its
		// reset then discards the second one, the page, without a proxy too.
		body: message.isRefused ? "" : `${body.length} bytes, ${digest}`,
	};
}
