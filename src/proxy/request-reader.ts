import {
	checkHeadSize,
	checkPartialHead,
	checkRequest,
	parseRequestFields,
	parseRequestLine,
	type RequestLine,
} from "../http1/request-head.js";
import {
	isRepeatable,
	isWebSocket,
	wantsKeepAlive,
} from "../routing/admission.js";
import { outFields, type Peer } from "../routing/container-request.js";
import { identify } from "../routing/session-key.js";
import type { Context } from "./context.js";
import type { RequestBlock } from "./known-blocks.js";

/** A head, and what follows from it alone. One that a connection repeats byte for byte is one object. */
export interface RequestHead {
	readonly line: RequestLine;
	readonly block: RequestBlock;
	/** Bytes of it. */
	readonly length: number;
	/** Without the query. */
	readonly path: string;
	/** The protocol of the tunnel that it asks for, or empty. */
	readonly upgrade: string;
	/** Whether it may be sent twice, its body aside. */
	readonly repeatable: boolean;
	readonly keepAlive: boolean;
	/** As it went to the container last. */
	sent: SentHead | null;
}

export interface SentHead {
	readonly target: string;
	readonly closing: boolean;
	readonly bytes: Buffer;
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
	private last: { bytes: Buffer; head: RequestHead } | null = null;

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
		const { last } = this;
		if (last === null || !startsWith(input, 0, last.bytes))
			return this.readNew(input);
		this.seen = 0;
		return last.head;
	}

	private readNew(input: Buffer): RequestHead | null {
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
		const head = headOf(line, block, length);
		this.last = { bytes: Buffer.from(input.subarray(0, length)), head };
		return head;
	}

	/** What was looked at was no part of a head. */
	restart(): void {
		this.seen = 0;
	}

	/** The connection is a tunnel now: no head will follow. */
	forget(): void {
		this.last = null;
	}

	private blockAt(input: Buffer, from: number): RequestBlock | null {
		const last = this.last?.head.block;
		if (last && startsWith(input, from, last.bytes)) return last;
		const found = input.indexOf(END_OF_HEAD, from - 2, "latin1");
		if (found < 0) return null;
		const end = found + END_OF_HEAD.length;
		checkHeadSize(end, from);
		const known = this.context.blocks.find(input, from, end, this.peer);
		return known ?? this.readBlock(input, from, end);
	}

	private readBlock(input: Buffer, from: number, end: number): RequestBlock {
		const { context, peer } = this;
		const last = this.last?.head.block;
		const fields = parseRequestFields(input.toString("latin1", from, end), 0);
		const { sessionKey, otherKeys } =
			last?.fields.cookies === fields.cookies
				? last
				: identify(fields.cookies, context.options.cookie);
		const read = {
			bytes: Buffer.from(input.subarray(from, end)),
			fields,
			sessionKey,
			otherKeys,
			out: outFields(fields, peer, context.options),
		};
		context.blocks.keep(read, peer);
		return read;
	}
}

function startsWith(input: Buffer, from: number, bytes: Buffer): boolean {
	const end = from + bytes.length;
	// A lone request: whole buffers are compared at half the cost of parts of them.
	if (from === 0 && end === input.length) return input.equals(bytes);
	return (
		end <= input.length &&
		input.compare(bytes, 0, bytes.length, from, end) === 0
	);
}

/** @throws {Refusal} malformed */
function headOf(
	line: RequestLine,
	block: RequestBlock,
	length: number,
): RequestHead {
	const { fields } = block;
	checkRequest(line, fields);
	const query = line.target.indexOf("?");
	return {
		line,
		block,
		length,
		path: query < 0 ? line.target : line.target.slice(0, query),
		upgrade: isWebSocket(line, fields) ? fields.upgrade : "",
		repeatable: isRepeatable(line.method),
		keepAlive: wantsKeepAlive(line, fields),
		sent: null,
	};
}

/** The first line; a bare LF at its end leaves a last byte that no request line ends with. */
function lineOf(input: Buffer, lineEnd: number): RequestLine {
	const bare = input[lineEnd - 2] !== CARRIAGE_RETURN;
	return parseRequestLine(
		input.toString("latin1", 0, bare ? lineEnd : lineEnd - 2),
	);
}
