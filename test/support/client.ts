import { once } from "node:events";
import { connect as dial } from "node:net";
import type { TestContext } from "node:test";
import { Wire } from "./wire.js";

/** The session of requests, unless a test names another. */
export const SESSION = "abc";
export const COOKIE = `Cookie: galaxysession=${SESSION}`;

/** A request's head with the session's cookie; `first` is its method and target, `lines` are more fields. */
export function request(first: string, ...lines: string[]): string {
	return anonymous(first, COOKIE, ...lines);
}

/** A request's head without a cookie. */
export function anonymous(first: string, ...lines: string[]): string {
	return head(`${first} HTTP/1.1`, "Host: galaxy.example", ...lines);
}

/** An upgrade to a WebSocket, with the session's cookie. */
export function upgrade(target = "/ws", ...lines: string[]): string {
	return request(`GET ${target}`, ...UPGRADE, ...lines);
}

/** The field lines of a browser's upgrade. */
export const UPGRADE = [
	"Connection: Upgrade",
	"Upgrade: websocket",
	"Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** Lines with their CRLF, and the empty one that ends a head. */
export function head(...lines: string[]): string {
	return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A client that sends and receives raw bytes. */
export class RawClient extends Wire {
	/** Consumes exactly one response, which may be an interim one (1xx). `head`: it answers a HEAD. */
	response(options: { head?: boolean } = {}): Promise<RawResponse> {
		return readResponse(this, options.head);
	}
}

interface ConnectOptions {
	host?: string;
	halfOpen?: boolean;
	localAddress?: string;
	path?: string;
}

/**
 * Connects to a port of 127.0.0.1, or of `host`. `halfOpen`: does not answer the peer's FIN with its own. `localAddress`:
 * connects from this address. `path`: connects to this unix socket. The connection is closed after the test.
 */
export async function connect(
	t: TestContext,
	port: number,
	options: ConnectOptions = {},
): Promise<RawClient> {
	const socket = dial({
		port,
		host: options.host ?? "127.0.0.1",
		allowHalfOpen: options.halfOpen ?? false,
		...(options.localAddress && { localAddress: options.localAddress }),
		...(options.path && { path: options.path }),
	});
	t.after(() => socket.destroy());
	await once(socket, "connect");
	return new RawClient(socket);
}

/** Sends one request on a new connection and reads its response. `to`: a port, or what listens on it. */
export async function ask(
	t: TestContext,
	to: number | { port: number },
	text: string,
): Promise<RawResponse> {
	const client = await connect(t, typeof to === "number" ? to : to.port);
	return await client.send(text).response();
}

/** The same text with the cookie of another session than abc. */
export function as(session: string, text: string): string {
	return text.replace("=abc", `=${session}`);
}

/** Field lines as received: in order, with the case of their names, repeated ones apart. */
export type Fields = [name: string, value: string][];

interface Message {
	headers: Fields;
	body: Buffer;
	/** Empty unless the body is chunked. */
	trailers: Fields;
	/** How the end of the body was marked. */
	framing: "none" | "length" | "chunked" | "close";
}

export interface RawResponse extends Message {
	/** "1.0" or "1.1". */
	version: string;
	status: number;
	reason: string;
	/** The body as UTF-8. */
	text: string;
}

export interface RawRequest extends Message {
	method: string;
	target: string;
	version: string;
}

/** All values of a field; the case of the name does not matter. */
export function values(fields: Fields, name: string): string[] {
	return fields
		.filter(([each]) => each.toLowerCase() === name.toLowerCase())
		.map(([, value]) => value);
}

/** Reads exactly one response. `isHead`: it answers a HEAD, so it has no body, whatever its fields say. */
async function readResponse(wire: Wire, isHead = false): Promise<RawResponse> {
	const line = await wire.line();
	const parts = /^HTTP\/(1\.[01]) (\d{3})(?: (.*))?$/.exec(line);
	if (!parts) throw new Error(`no status line: ${JSON.stringify(line)}`);
	const [, version = "", digits = "", reason = ""] = parts;
	const status = Number(digits);
	const headers = await readFields(wire);
	const bodyless = isHead || status < 200 || status === 204 || status === 304;
	const rest = bodyless ? EMPTY : await readBody(wire, headers, "close");
	return {
		version,
		status,
		reason,
		headers,
		...rest,
		text: rest.body.toString(),
	};
}

/** Reads exactly one request. `Expect: 100-continue` is granted as soon as the head has arrived, as servers do. */
export async function readRequest(wire: Wire): Promise<RawRequest> {
	const line = await wire.line();
	const parts = /^(\S+) (\S+) HTTP\/(1\.[01])$/.exec(line);
	if (!parts) throw new Error(`no request line: ${JSON.stringify(line)}`);
	const [, method = "", target = "", version = ""] = parts;
	const headers = await readFields(wire);
	if (/100-continue/i.test(values(headers, "Expect").join()))
		wire.send("HTTP/1.1 100 Continue\r\n\r\n");
	return {
		method,
		target,
		version,
		headers,
		...(await readBody(wire, headers, "none")),
	};
}

type Body = Pick<Message, "body" | "trailers" | "framing">;
const EMPTY: Body = { body: Buffer.alloc(0), trailers: [], framing: "none" };

async function readFields(wire: Wire): Promise<Fields> {
	const fields: Fields = [];
	for (;;) {
		const line = await wire.line();
		if (line === "") return fields;
		const colon = line.indexOf(":");
		if (colon < 1) throw new Error(`no field line: ${JSON.stringify(line)}`);
		fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
	}
}

async function readBody(
	wire: Wire,
	headers: Fields,
	otherwise: "close" | "none",
): Promise<Body> {
	if (/\bchunked\b/i.test(values(headers, "Transfer-Encoding").join())) {
		const chunks: Buffer[] = [];
		for (;;) {
			const size = Number.parseInt(await wire.line(), 16);
			if (Number.isNaN(size)) throw new Error("no chunk size");
			if (size === 0) break;
			chunks.push(await wire.take(size));
			if ((await wire.line()) !== "")
				throw new Error("a chunk is longer than its size");
		}
		return {
			body: Buffer.concat(chunks),
			trailers: await readFields(wire),
			framing: "chunked",
		};
	}
	const [length] = values(headers, "Content-Length");
	if (length !== undefined)
		return {
			...EMPTY,
			body: await wire.take(Number(length)),
			framing: "length",
		};
	if (otherwise === "none") return EMPTY;
	return { ...EMPTY, body: await wire.takeToEnd(), framing: "close" };
}
