import { once } from "node:events";
import { connect as dial } from "node:net";
import type { TestContext } from "node:test";
import { type RawResponse, readResponse } from "./message.js";
import { Wire } from "./wire.js";

/** Messages as tests read them. */
export {
	type Fields,
	type RawRequest,
	type RawResponse,
	values,
} from "./message.js";

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
