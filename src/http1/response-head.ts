import {
	cleanLines,
	type Field,
	isHopByHop,
	isPersistent,
	listMembers,
	parseFields,
	refuseControlBytes,
	trimWhiteSpace,
} from "./fields.js";
import { Refusal } from "./refusal.js";

/** Bytes of a response head. More than a request's: containers belong to the admin, and some set many long cookies. */
export const RESPONSE_HEAD_BYTES = 256 * 1024;
/** Far more than any container sends; RESPONSE_HEAD_BYTES limits the head. */
const MAX_LINES = 10_000;

/** The head of a container's response (RFC 9112 4). */
export interface ResponseHead<Derived = unknown> {
	readonly status: number;
	/** May be empty. */
	readonly reason: string;
	/** The fields that are passed on, as sent: without hop-by-hop fields and Transfer-Encoding. */
	readonly fields: readonly Field[];
	/** Content-Length in bytes; -1 without one, or when a transfer coding overrides it. */
	readonly length: number;
	readonly chunked: boolean;
	/** Whether the connection can carry another request. */
	readonly persistent: boolean;
	/** Seconds of Keep-Alive: timeout; -1 without one. */
	readonly keepAliveTimeout: number;
	readonly upgrade: string;
	/** The caller's own results for this head. Repeated heads are one object, so they are worked out once. */
	derived: Derived | undefined;
}

const LINE = /HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t -~\x80-\xff]*))?\r?\n/y;

/**
 * Parses a response head in text (latin1), from its first byte to the empty line. Tolerated, because containers send it
 * and it has one meaning: no reason phrase, obs-text, LF as a line's end, folded lines, equal duplicates of Content-Length
 * and of "chunked", "identity", and HTTP/1.0 or Content-Length together with Transfer-Encoding (the length is dropped, and
 * the connection is not reused).
 * @throws {Refusal} badAnswer
 */
export function parseResponseHead<Derived>(
	text: string,
): ResponseHead<Derived> {
	LINE.lastIndex = 0;
	const line = LINE.exec(text);
	if (line === null) throw new Refusal("badAnswer", "status line");
	const minor = line[1] === "1" ? 1 : 0;
	const list = parseResponseFields(text, LINE.lastIndex);
	let length = -1;
	let chunked = false;
	let connection: string[] = [];
	let keepAliveTimeout = -1;
	let upgrade = "";
	for (const { name, value } of list) {
		switch (name) {
			case "content-length":
				length = parseLength(value, length);
				break;
			case "transfer-encoding":
				chunked = isChunked(value) || chunked;
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
	const hasBoth = chunked && length >= 0;
	const isFramingOdd = hasBoth || (chunked && minor === 0);
	const status = Number(line[2]);
	// RFC 9110 8.6: interim responses and 204 have no Content-Length, whatever the container sends.
	const isLengthAllowed = !chunked && status >= 200 && status !== 204;
	return {
		status,
		reason: line[3] ?? "",
		fields: endToEndFields(list, connection, isLengthAllowed),
		length: hasBoth ? -1 : length,
		chunked,
		persistent: !isFramingOdd && isPersistent(minor, connection),
		keepAliveTimeout,
		upgrade,
		derived: undefined,
	};
}

/** The Connection line of a response, with CRLF; empty if HTTP's version implies it (RFC 9112 9.3). */
export function connectionLine(persistent: boolean, minor: number): string {
	if (!persistent) return "Connection: close\r\n";
	return minor === 0 ? "Connection: keep-alive\r\n" : "";
}

const VERSION = "HTTP/1.";
/** Servers send them behind a body, as part of the next response (RFC 9112 2.2 allows it in front of a request). */
const EMPTY_LINES_BEFORE = 4;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/**
 * Reads the response heads of one container connection. Within a second many are equal to the last byte, Date included:
 * a head equal to the one before is not parsed again.
 */
export class ResponseReader<Derived = unknown> {
	#last: { bytes: Buffer; head: ResponseHead<Derived> } | undefined;
	/** Bytes of an incomplete head that were searched: a head that arrives byte by byte must not be searched from its start each time. */
	#searched = 0;

	/**
	 * @returns the head that begins at `at`, perhaps after empty lines, and the index after it; undefined while it is
	 * incomplete: call again with the same bytes and more
	 * @throws {Refusal} badAnswer, malformed
	 */
	read(
		bytes: Buffer,
		at: number,
	): { head: ResponseHead<Derived>; end: number } | undefined {
		const start = afterEmptyLines(bytes, at);
		const last = this.#last;
		if (last !== undefined) {
			const end = start + last.bytes.length;
			const isEqual =
				end <= bytes.length &&
				bytes.compare(last.bytes, 0, last.bytes.length, start, end) === 0;
			if (isEqual) {
				this.#searched = 0;
				return { head: last.head, end };
			}
		}
		const from = Math.max(start, at + this.#searched - 3);
		const found = bytes.indexOf("\n\r\n", from, "latin1");
		const to = found < 0 ? bytes.length : found + 3;
		const searched = bytes.toString("latin1", from, to);
		// Each LF ends a line, so LF LF ends a head too.
		const bare = searched.indexOf("\n\n");
		const end = bare < 0 ? to : from + bare + 2;
		if (end - at > RESPONSE_HEAD_BYTES)
			throw new Refusal("badAnswer", "response head too large");
		if (found < 0 && bare < 0) {
			const text = bytes.toString("latin1", start, start + VERSION.length);
			if (!VERSION.startsWith(text) && text !== "\r")
				throw new Refusal("badAnswer", "status line");
			refuseControlBytes(bytes, from, true);
			this.#searched = bytes.length - at;
			return undefined;
		}
		this.#searched = 0;
		const isAll = from === start && end === to;
		const text = isAll ? searched : bytes.toString("latin1", start, end);
		const head = parseResponseHead<Derived>(text);
		this.#last = { bytes: Buffer.from(bytes.subarray(start, end)), head };
		return { head, end };
	}

	/** Frees the memory of the last head: the connection is now a tunnel. */
	forget(): void {
		this.#last = undefined;
	}
}

/** @returns the index after at most EMPTY_LINES_BEFORE empty lines */
function afterEmptyLines(bytes: Buffer, from: number): number {
	let at = from;
	for (let lines = 0; lines < EMPTY_LINES_BEFORE; lines++) {
		const lineFeed = bytes[at] === CARRIAGE_RETURN ? at + 1 : at;
		if (bytes[lineFeed] !== LINE_FEED) break;
		at = lineFeed + 1;
	}
	return at;
}

/** Almost all heads are in our own form already. Only the others are put into it, and read again. */
function parseResponseFields(text: string, at: number): Field[] {
	try {
		return parseFields(text, at, MAX_LINES);
	} catch {
		return parseCleaned(text.slice(at));
	}
}

function parseCleaned(text: string): Field[] {
	try {
		return parseFields(cleanLines(text), 0, MAX_LINES);
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		throw new Refusal("badAnswer", error.rule);
	}
}

const KNOWN_CODINGS = ["chunked", "identity"];

/** Whether a Transfer-Encoding says "chunked"; "identity" changes nothing (RFC 2616 3.6), and no other coding is accepted. */
function isChunked(value: string): boolean {
	// Unlike listMembers(): some readers take a list that ends with a comma for another coding.
	const codings = value.toLowerCase().split(",").map(trimWhiteSpace);
	if (!codings.every((each) => KNOWN_CODINGS.includes(each)))
		throw new Refusal("badAnswer", "Transfer-Encoding");
	return codings.includes("chunked");
}

/** @param before the value of an earlier Content-Length, or -1 */
function parseLength(value: string, before: number): number {
	if (!/^[0-9]{1,15}$/.test(value))
		throw new Refusal("badAnswer", "Content-Length");
	const length = Number(value);
	if (before >= 0 && before !== length)
		throw new Refusal("badAnswer", "two different Content-Length fields");
	return length;
}

/** Keeps at most one Content-Length, and none where it is not allowed. */
function endToEndFields(
	list: readonly Field[],
	nominated: readonly string[],
	isLengthAllowed: boolean,
): Field[] {
	let keepsLength = isLengthAllowed;
	return list.filter(({ name }) => {
		if (name === "transfer-encoding") return false;
		if (name !== "content-length") return !isHopByHop(name, nominated);
		const isKept = keepsLength;
		keepsLength = false;
		return isKept;
	});
}
