import {
	type Field,
	isHopByHop,
	listMembers,
	parseFields,
	refuseControlBytes,
} from "./fields.js";
import { Refusal } from "./refusal.js";

/** Bytes of a response head. Larger than a request's: containers are the admin's own, and some set many long cookies. */
export const RESPONSE_HEAD_BYTES = 256 * 1024;

/** The head of a container's response (RFC 9112 4), read as containers really are. */
export interface ResponseHead {
	readonly status: number;
	/** May be empty. */
	readonly reason: string;
	/** The fields that go on: as sent, less hop-by-hop and framing by transfer coding. */
	readonly fields: readonly Field[];
	/** Those of `fields` that command a front proxy (boundary.ts), once they were looked for. */
	commands: readonly Field[] | null;
	/** As it went to a client last (client-response.ts). */
	sent: SentResponse | null;
	/** Content-Length in bytes, -1 without one or where a transfer coding overrides it. */
	readonly length: number;
	readonly chunked: boolean;
	/** Whether the connection may carry another request. */
	readonly persistent: boolean;
	/** Seconds of Keep-Alive: timeout; -1 without one. */
	readonly keepAliveTimeout: number;
	readonly upgrade: string;
}

/** A head as bytes, and what they depend on beside the head. */
export interface SentResponse extends ResponseForm {
	/** The origin that CORS names; undefined where CORS adds nothing. */
	readonly origin: string | null | undefined;
	readonly bytes: Buffer;
}

/** How a response goes to its client, its fields aside. */
export interface ResponseForm {
	readonly chunked: boolean;
	readonly persistent: boolean;
	/** 0 or 1: the client's HTTP version. */
	readonly minor: number;
}

const LINE = /HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t -~\x80-\xff]*))?\r\n/y;

/** Far more than any container sends; the head's size is bounded by RESPONSE_HEAD_BYTES. */
const MAX_LINES = 10_000;

/**
 * A response head in text (latin1) from its first byte up to the empty line.
 * Tolerated: no reason phrase, obs-text, equal duplicate Content-Length, a length beside Transfer-Encoding (dropped, and
 * the connection is not used again).
 * @throws {Refusal} badAnswer
 */
export function parseResponseHead(text: string): ResponseHead {
	LINE.lastIndex = 0;
	const line = LINE.exec(text);
	if (line === null) throw new Refusal("badAnswer", "status line");
	const minor = line[1] === "1" ? 1 : 0;
	const list = responseFields(text, LINE.lastIndex);
	let length = -1;
	let coding: string | null = null;
	let connection: string[] = [];
	let keepAliveTimeout = -1;
	let upgrade = "";
	for (const { name, value } of list) {
		switch (name) {
			case "content-length":
				length = oneLength(length, value);
				break;
			case "transfer-encoding":
				if (coding !== null)
					throw new Refusal("badAnswer", "two Transfer-Encoding fields");
				coding = value.toLowerCase();
				break;
			case "connection":
				connection = connection.concat(listMembers(value));
				break;
			case "keep-alive":
				keepAliveTimeout = Number(
					/timeout=([0-9]{1,6})/.exec(value)?.[1] ?? -1,
				);
				break;
			case "upgrade":
				upgrade = value.toLowerCase();
				break;
		}
	}
	if (coding !== null && (coding !== "chunked" || minor === 0))
		throw new Refusal("badAnswer", "Transfer-Encoding");
	const both = coding !== null && length >= 0;
	const status = Number(line[2]);
	// RFC 9110 8.6: neither an interim response nor a 204 says a length, whatever the container thinks.
	const lengthless = coding !== null || status < 200 || status === 204;
	const fields = endToEnd(list, connection, lengthless);
	return {
		status,
		reason: line[3] ?? "",
		fields,
		commands: null,
		sent: null,
		length: both ? -1 : length,
		chunked: coding !== null,
		persistent: !both && isPersistent(minor, connection),
		keepAliveTimeout,
		upgrade,
	};
}

function responseFields(text: string, at: number): Field[] {
	try {
		return parseFields(text, at, MAX_LINES);
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		throw new Refusal("badAnswer", error.rule);
	}
}

function oneLength(before: number, value: string): number {
	if (!/^[0-9]{1,15}$/.test(value))
		throw new Refusal("badAnswer", "Content-Length");
	const length = Number(value);
	if (before >= 0 && before !== length)
		throw new Refusal("badAnswer", "two different Content-Length fields");
	return length;
}

function isPersistent(minor: number, connection: readonly string[]): boolean {
	if (connection.includes("close")) return false;
	return minor === 1 || connection.includes("keep-alive");
}

/** A second, equal Content-Length goes too, and every one where none may be. */
function endToEnd(
	list: readonly Field[],
	nominated: readonly string[],
	lengthless: boolean,
): Field[] {
	let lengthSeen = lengthless;
	return list.filter(({ name }) => {
		if (name === "transfer-encoding") return false;
		if (name !== "content-length") return !isHopByHop(name, nominated);
		const first = !lengthSeen;
		lengthSeen = true;
		return first;
	});
}

/** The Connection line of a response, with CRLF, or empty where the version says it by itself (RFC 9112 9.3). */
export function connectionLine(persistent: boolean, minor: number): string {
	if (!persistent) return "Connection: close\r\n";
	return minor === 0 ? "Connection: keep-alive\r\n" : "";
}

const END_OF_HEAD = "\r\n\r\n";
const VERSION = "HTTP/1.";

/**
 * Reads the heads that one container sends. Within a second many are the same byte for byte, Date included: then what
 * was read before is taken again.
 */
export class ResponseReader {
	private last: { bytes: Buffer; head: ResponseHead } | null = null;
	/** Bytes of an incomplete head that were looked at: one that comes byte by byte must not be searched anew for each. */
	private seen = 0;

	/**
	 * After null it is to be asked for the same head again, with more of it.
	 * @returns the head that begins at `at` and the index behind it; null while it is not complete
	 * @throws {Refusal} badAnswer, malformed
	 */
	read(bytes: Buffer, at: number): { head: ResponseHead; end: number } | null {
		const { last } = this;
		if (last !== null) {
			const end = at + last.bytes.length;
			const same =
				end <= bytes.length &&
				bytes.compare(last.bytes, 0, last.bytes.length, at, end) === 0;
			if (same) {
				this.seen = 0;
				return { head: last.head, end };
			}
		}
		const from = at + Math.max(0, this.seen - END_OF_HEAD.length);
		const found = bytes.indexOf(END_OF_HEAD, from, "latin1");
		const end = found < 0 ? bytes.length : found + END_OF_HEAD.length;
		if (end - at > RESPONSE_HEAD_BYTES)
			throw new Refusal("badAnswer", "response head too large");
		if (found < 0) {
			const start = bytes.toString("latin1", at, at + VERSION.length);
			if (!VERSION.startsWith(start))
				throw new Refusal("badAnswer", "status line");
			refuseControlBytes(bytes, from);
			this.seen = bytes.length - at;
			return null;
		}
		this.seen = 0;
		const head = parseResponseHead(bytes.toString("latin1", at, end));
		this.last = { bytes: Buffer.from(bytes.subarray(at, end)), head };
		return { head, end };
	}

	/** The connection is a tunnel now: no head will follow. */
	forget(): void {
		this.last = null;
	}
}
