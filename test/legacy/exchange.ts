import type { RawClient, RawRequest, RawResponse } from "../support/client.js";
import type { BackendConnection } from "../support/container.js";
import type { DifferenceName } from "./differences-named.js";

/** How the container answers a request that it has read. */
export type Answer =
	| string
	| ((connection: BackendConnection, request: RawRequest) => unknown);

/** The client's side of an exchange. */
export interface ClientPart {
	client: RawClient;
	/** Reads the next response, which is compared. */
	response(options?: { head?: boolean }): Promise<RawResponse>;
	/** Another observation to compare. */
	note(observed: unknown): void;
}

/** One ordinary exchange: what the client sends and how the container answers. Everything else is observed. */
export interface Exchange {
	/** Sent at once, as latin1: a character is a byte. By default GET /. */
	send: string;
	/** By default 200 with "hello". After a string answer the container ends where the request asked for it. */
	answer?: Answer;
	/** The client's part after `send`, unless it only reads one response. */
	play?: (part: ClientPart) => Promise<unknown>;
	/** The intended differences, except those that apply everywhere. */
	differs?: readonly DifferenceName[];
}

/** Exchanges by name. A string is the client's bytes, a list has the field lines of a GET /. */
export type Table = Record<string, string | string[] | Partial<Exchange>>;

export function exchangesOf(table: Table): [name: string, Exchange][] {
	return Object.entries(table).map(([name, entry]) => {
		if (typeof entry === "string") return [name, { send: entry }];
		if (Array.isArray(entry)) return [name, { send: get("/", ...entry) }];
		return [name, { send: get("/"), ...entry }];
	});
}

/** A client's head with the session cookie; a "Cookie:" or "Host:" line replaces the usual one. */
export function head(requestLine: string, ...lines: string[]): string {
	const usual = ["Host: galaxy.example:8800", "Cookie: galaxysession=abc"];
	const names = lines.map((line) => line.split(":")[0]);
	const kept = usual.filter((line) => !names.includes(line.split(":")[0]));
	return [requestLine, ...kept, ...lines, "", ""].join("\r\n");
}

export function get(target: string, ...lines: string[]): string {
	return head(`GET ${target} HTTP/1.1`, ...lines);
}

/** A request with a body of known length. */
export function withBody(
	method: string,
	target: string,
	body: string,
	...lines: string[]
): string {
	const own = [...lines, `Content-Length: ${body.length}`];
	return head(`${method} ${target} HTTP/1.1`, ...own) + body;
}

/** A request with a chunked body; each part is a chunk. */
export function withChunks(
	method: string,
	target: string,
	parts: string[],
): string {
	const first = `${method} ${target} HTTP/1.1`;
	return head(first, "Transfer-Encoding: chunked") + chunked(parts);
}

/** An answer with a body of known length. */
export function reply(
	statusLine: string,
	body: string,
	...lines: string[]
): string {
	return bare(statusLine, ...lines, `Content-Length: ${body.length}`) + body;
}

/** The container's answer is an empty 200 with these field lines. */
export function withFields(...lines: string[]): Pick<Exchange, "answer"> {
	return { answer: reply("200 OK", "", ...lines) };
}

/** An answer of exactly these lines, without a body. */
export function bare(statusLine: string, ...lines: string[]): string {
	return [`HTTP/1.1 ${statusLine}`, ...lines, "", ""].join("\r\n");
}

export function chunked(parts: string[], ...trailers: string[]): string {
	const chunks = parts.map(
		(part) => `${part.length.toString(16)}\r\n${part}\r\n`,
	);
	return [...chunks, ["0", ...trailers, "", ""].join("\r\n")].join("");
}

/** An answer after which the container ends its side, which ends a body without framing. */
export function untilClose(answer: string): Answer {
	return (connection) => connection.send(answer).end();
}
