import { isPersistent } from "../http1/fields.js";
import {
	checkHeadSize,
	checkPartialHead,
	checkRequest,
	parseRequestFields,
	parseRequestLine,
	type RequestFields,
	type RequestLine,
} from "../http1/request-head.js";
import { isRepeatable, isWebSocket } from "../routing/admission.js";
import {
	containerFields,
	type Peer,
	type RequestRules,
} from "../routing/container-request.js";
import { findSessionKeys, type SessionKeys } from "../routing/session-key.js";

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
		private readonly blocks: KnownBlocks,
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
		return this.blocks.read(input.subarray(from, end), this.peer, last);
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
		keepAlive: isPersistent(line.minor, fields.connection),
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

/** A block of field lines as sent, and what follows from it alone. */
export interface RequestBlock extends SessionKeys {
	/** From the first field line to the empty one. */
	readonly bytes: Buffer;
	readonly fields: RequestFields;
	/** The field lines for the container (containerFields). */
	readonly out: string;
}

/** Blocks that are kept: some for each of the sessions that are busy at one time. */
const KEPT = 256;
/** Bytes of the largest block that is kept: a browser's are around one kilobyte. */
const KEPT_BYTES = 4 * 1024;

/**
 * Field blocks that were read lately, on whichever connection: behind a front proxy that speaks HTTP/1.0 each request has
 * a connection of its own, and a page's requests repeat theirs byte for byte. A block is found by a hash and taken only
 * where every byte is the same and it came from the same peer.
 */
export class KnownBlocks {
	private readonly byHash = new Map<
		number,
		{ block: RequestBlock; peer: Peer }
	>();

	constructor(private readonly rules: RequestRules) {}

	/**
	 * The block of these bytes: remembered, or parsed. last: the connection's block before this one.
	 * @throws {Refusal} malformed
	 */
	read(bytes: Buffer, peer: Peer, last?: RequestBlock): RequestBlock {
		return this.find(bytes, peer) ?? this.parse(bytes, peer, last);
	}

	private find(input: Buffer, peer: Peer): RequestBlock | null {
		if (input.length > KEPT_BYTES) return null;
		const known = this.byHash.get(hashOf(input));
		if (known === undefined) return null;
		const same =
			known.peer.address === peer.address &&
			known.peer.trusted === peer.trusted &&
			input.equals(known.block.bytes);
		return same ? known.block : null;
	}

	private parse(input: Buffer, peer: Peer, last?: RequestBlock): RequestBlock {
		const fields = parseRequestFields(input.toString("latin1"), 0);
		const { sessionKey, otherKeys } =
			last !== undefined && last.fields.cookies === fields.cookies
				? last
				: findSessionKeys(fields.cookies, this.rules.cookie);
		const block = {
			bytes: Buffer.from(input),
			fields,
			sessionKey,
			otherKeys,
			out: containerFields(fields, peer, this.rules),
		};
		this.keep(block, peer);
		return block;
	}

	/** The oldest makes way. */
	private keep(block: RequestBlock, peer: Peer): void {
		if (block.bytes.length > KEPT_BYTES) return;
		const hash = hashOf(block.bytes);
		if (this.byHash.size >= KEPT && !this.byHash.has(hash)) {
			const [oldest] = this.byHash.keys();
			if (oldest !== undefined) this.byHash.delete(oldest);
		}
		this.byHash.set(hash, { block, peer });
	}
}

/** Finds, proves nothing: who makes two blocks collide makes them be read anew. */
function hashOf(bytes: Buffer): number {
	let hash = bytes.length;
	for (let at = 0; at < bytes.length; at++)
		hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
	return hash;
}
