import type { Context } from "./context.js";
import { identify } from "./identify.js";
import {
	checkHeadSize,
	checkPartialHead,
	checkRequest,
	parseRequestFields,
	parseRequestLine,
	type RequestFields,
	type RequestLine,
} from "./request-head.js";
import { outFields, type Peer } from "./request-out.js";

/** A block of field lines as sent, and what follows from it alone. */
export interface RequestBlock {
	/** From the first field line to the empty one. */
	readonly bytes: Buffer;
	readonly fields: RequestFields;
	/** Empty where the request has no session key. */
	readonly sessionKey: string;
	/** The field lines for the container (outFields). */
	readonly out: string;
}

export interface RequestHead {
	readonly line: RequestLine;
	readonly block: RequestBlock;
	/** Bytes of it. */
	readonly length: number;
}

const END_OF_HEAD = "\r\n\r\n";
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/** Bytes of empty lines before a request, which are to be ignored (RFC 9112 2.2). */
export function emptyLines(input: Buffer): number {
	let bytes = 0;
	while (input[bytes] === CARRIAGE_RETURN && input[bytes + 1] === LINE_FEED)
		bytes += 2;
	return bytes;
}

/**
 * Reads the heads of one client's requests. Most requests of a connection repeat the field block of the one before, byte
 * for byte: then all that follows from it is known already.
 */
export class RequestReader {
	/** How far an incomplete head was looked at. */
	private seen = 0;
	private block: RequestBlock | null = null;

	constructor(
		private readonly context: Context,
		private readonly peer: Peer,
	) {}

	/** Whether part of a head was looked at. */
	get isWaiting(): boolean {
		return this.seen > 0;
	}

	/**
	 * @param input begins with a request's first byte
	 * @returns null while the head's end has not come
	 * @throws {Refusal}
	 */
	read(input: Buffer): RequestHead | null {
		const lineEnd = input.indexOf(LINE_FEED) + 1;
		const block = lineEnd > 0 ? this.blockAt(input, lineEnd) : null;
		if (block === null) {
			checkPartialHead(input, this.seen);
			if (lineEnd > 0) lineOf(input, lineEnd);
			// At least 1, and a CR at the very end is looked at again once its LF is there.
			this.seen = Math.max(1, input.length - 1);
			return null;
		}
		this.seen = 0;
		const length = lineEnd + block.bytes.length;
		checkHeadSize(length, lineEnd);
		const line = lineOf(input, lineEnd);
		checkRequest(line, block.fields);
		return { line, block, length };
	}

	/** What was looked at was no part of a head. */
	restart(): void {
		this.seen = 0;
	}

	/** The connection is a tunnel now: no head will follow. */
	forget(): void {
		this.block = null;
	}

	private blockAt(input: Buffer, from: number): RequestBlock | null {
		const { block, context } = this;
		if (block !== null && startsWith(input, from, block.bytes)) return block;
		const found = input.indexOf(END_OF_HEAD, from - 2, "latin1");
		if (found < 0) return null;
		const end = found + END_OF_HEAD.length;
		checkHeadSize(end, from);
		const fields = parseRequestFields(input.toString("latin1", from, end), 0);
		const sessionKey =
			block !== null && block.fields.cookies === fields.cookies
				? block.sessionKey
				: identify(fields.cookies, context.options.cookie);
		this.block = {
			bytes: Buffer.from(input.subarray(from, end)),
			fields,
			sessionKey,
			out: outFields(fields, this.peer, context.options),
		};
		return this.block;
	}
}

function startsWith(input: Buffer, from: number, bytes: Buffer): boolean {
	const end = from + bytes.length;
	return (
		end <= input.length &&
		input.compare(bytes, 0, bytes.length, from, end) === 0
	);
}

/** The first line; a bare LF at its end leaves a last byte that no request line ends with. */
function lineOf(input: Buffer, lineEnd: number): RequestLine {
	const bare = input[lineEnd - 2] !== CARRIAGE_RETURN;
	return parseRequestLine(
		input.toString("latin1", 0, bare ? lineEnd : lineEnd - 2),
	);
}
