import type { BackendConnection } from "../support/backend.js";
import type { RawRequest, RawResponse } from "../support/message.js";
import type { RawClient } from "../support/raw-client.js";
import type { DifferenceName } from "./differences-named.js";

/** What the container does with a request that it has read. */
export type Answer =
	| string
	| ((
			connection: BackendConnection,
			request: RawRequest,
	  ) => Promise<unknown> | unknown);

/** What the client's part of an exchange has at hand. */
export interface ClientPart {
	client: RawClient;
	/** Reads the next response; it is compared. */
	response(options?: { head?: boolean }): Promise<RawResponse>;
	/** Something else that was seen and is compared. */
	note(seen: unknown): void;
}

/** One ordinary exchange: what a client sends, what the container answers. Everything else is seen, not said. */
export interface Exchange {
	name: string;
	/** What the client sends at once (latin1: a character is a byte). */
	send: string;
	/** By default 200 with "hello". After a string answer the container ends where the request asked for it. */
	answer?: Answer;
	/** The client's part after `send`, where it is not "read one response". */
	play?: (part: ClientPart) => Promise<unknown>;
	/** Where the daemon answers otherwise on purpose. Differences that apply everywhere are not named here. */
	differs?: readonly DifferenceName[];
}

/** A client's head with the session cookie; a line that begins with "Cookie:" or "Host:" takes the place of the usual one. */
export function head(requestLine: string, ...lines: string[]): string {
	const usual = ["Host: galaxy.example:8800", "Cookie: galaxysession=abc"];
	const kept = usual.filter(
		(line) =>
			!lines.some((own) =>
				own.startsWith(line.slice(0, line.indexOf(":") + 1)),
			),
	);
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
	return (
		head(
			`${method} ${target} HTTP/1.1`,
			...lines,
			`Content-Length: ${body.length}`,
		) + body
	);
}

/** A request with a chunked body; each part is a chunk. */
export function withChunks(
	method: string,
	target: string,
	parts: string[],
	...lines: string[]
): string {
	return (
		head(
			`${method} ${target} HTTP/1.1`,
			...lines,
			"Transfer-Encoding: chunked",
		) + chunked(parts)
	);
}

/** An answer with a body of known length. */
export function reply(
	statusLine: string,
	body: string,
	...lines: string[]
): string {
	return bare(statusLine, ...lines, `Content-Length: ${body.length}`) + body;
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

/** An answer after which the container ends its side: the body's end, where the answer tells no other. */
export function untilClose(answer: string): Answer {
	return (connection) => connection.send(answer).end();
}
