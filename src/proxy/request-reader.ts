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
import { isWebSocket } from "../routing/admission.js";
import {
	containerFields,
	type Peer,
	type RequestRules,
} from "../routing/container-request.js";
import { findSessionKeys, type SessionKeys } from "../routing/cookie.js";

/**
 * A request head and all that depends on it alone. While a client repeats a head byte for byte, its connection has one
 * object for it.
 */
export interface RequestHead {
	readonly line: RequestLine;
	readonly block: RequestBlock;
	/** In bytes. */
	readonly length: number;
	/** Without the query. */
	readonly path: string;
	/** The protocol of the tunnel that it asks for, or empty. */
	readonly upgrade: string;
	readonly keepAlive: boolean;
	/** The last head that was sent to a container for it. */
	sent: SentHead | undefined;
}

export interface SentHead {
	readonly target: string;
	readonly closing: boolean;
	readonly bytes: Buffer;
}

/** A block of field lines and all that depends on it alone. */
export interface RequestBlock extends SessionKeys {
	/** From the first field line to the empty one. */
	readonly bytes: Buffer;
	readonly fields: RequestFields;
	/** The field lines for the container (containerFields). */
	readonly out: string;
}

const END_OF_HEAD = "\r\n\r\n";
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/** The length of the empty lines before a request, which are ignored (RFC 9112 2.2). */
export function emptyLines(input: Buffer): number {
	let bytes = 0;
	while (input[bytes] === CARRIAGE_RETURN && input[bytes + 1] === LINE_FEED)
		bytes += 2;
	return bytes;
}

/**
 * Reads the heads of one client's requests. Most requests of a connection repeat the field block of the one before byte
 * for byte, so that nothing has to be parsed again.
 */
export class RequestReader {
	readonly #blocks: FieldBlocks;
	readonly #peer: Peer;
	/** Bytes of an incomplete head that were checked. */
	#checked = 0;
	#last: { bytes: Buffer; head: RequestHead } | undefined = undefined;

	constructor(blocks: FieldBlocks, peer: Peer) {
		this.#blocks = blocks;
		this.#peer = peer;
	}

	/** Whether an incomplete head was read. */
	get isWaiting(): boolean {
		return this.#checked > 0;
	}

	/**
	 * @param input begins with a request's first byte
	 * @returns undefined while the head is incomplete
	 * @throws {Refusal}
	 */
	read(input: Buffer): RequestHead | undefined {
		const last = this.#last;
		if (last === undefined || !startsWith(input, 0, last.bytes))
			return this.#readNew(input);
		this.#checked = 0;
		return last.head;
	}

	/** Forgets the checked bytes, which did not belong to a head. */
	restart(): void {
		this.#checked = 0;
	}

	/** The connection is a tunnel now: no head will follow. */
	forget(): void {
		this.#last = undefined;
	}

	#readNew(input: Buffer): RequestHead | undefined {
		const lineEnd = input.indexOf(LINE_FEED) + 1;
		const block = lineEnd > 0 ? this.#blockAt(input, lineEnd) : undefined;
		if (block === undefined) {
			checkPartialHead(input, this.#checked);
			if (lineEnd > 0) lineOf(input, lineEnd);
			// At least 1; a CR at the end is checked again with its LF.
			this.#checked = Math.max(1, input.length - 1);
			return undefined;
		}
		this.#checked = 0;
		const length = lineEnd + block.bytes.length;
		checkHeadSize(length, lineEnd);
		const head = headOf(lineOf(input, lineEnd), block, length);
		this.#last = { bytes: Buffer.from(input.subarray(0, length)), head };
		return head;
	}

	#blockAt(input: Buffer, from: number): RequestBlock | undefined {
		const last = this.#last?.head.block;
		if (last && startsWith(input, from, last.bytes)) return last;
		const found = input.indexOf(END_OF_HEAD, from - 2, "latin1");
		if (found < 0) return undefined;
		const end = found + END_OF_HEAD.length;
		checkHeadSize(end, from);
		return this.#blocks.read(input.subarray(from, end), this.#peer, last);
	}
}

/** How many blocks are kept: some for each session that is busy at the same time. */
const KEPT = 256;
/** The largest block that is kept: a browser's has about one kilobyte. */
const KEPT_BYTES = 4 * 1024;

/**
 * Parses field blocks and remembers them for all connections: behind a front proxy that speaks HTTP/1.0 each request has
 * its own connection, but a page's requests repeat their blocks byte for byte. A block is found by a hash, and reused only
 * when every byte and the peer are the same.
 */
export class FieldBlocks {
	readonly #byHash = new Map<number, { block: RequestBlock; peer: Peer }>();
	readonly #rules: RequestRules;

	constructor(rules: RequestRules) {
		this.#rules = rules;
	}

	/**
	 * @param last the connection's block before this one
	 * @throws {Refusal}
	 */
	read(bytes: Buffer, peer: Peer, last?: RequestBlock): RequestBlock {
		if (bytes.length > KEPT_BYTES) return this.#parse(bytes, peer, last);
		const hash = hashOf(bytes);
		const known = this.#byHash.get(hash);
		const isSame =
			known?.peer.address === peer.address &&
			known.peer.trusted === peer.trusted &&
			bytes.equals(known.block.bytes);
		if (isSame) return known.block;
		const block = this.#parse(bytes, peer, last);
		if (this.#byHash.size >= KEPT && known === undefined) {
			const [oldest] = this.#byHash.keys();
			if (oldest !== undefined) this.#byHash.delete(oldest);
		}
		this.#byHash.set(hash, { block, peer });
		return block;
	}

	#parse(bytes: Buffer, peer: Peer, last?: RequestBlock): RequestBlock {
		const fields = parseRequestFields(bytes.toString("latin1"), 0);
		const { sessionKey, otherKeys } =
			last !== undefined && last.fields.cookies === fields.cookies
				? last
				: findSessionKeys(fields.cookies, this.#rules.cookie);
		return {
			bytes: Buffer.from(bytes),
			fields,
			sessionKey,
			otherKeys,
			out: containerFields(fields, peer, this.#rules),
		};
	}
}

/** Only finds candidates: blocks that collide are parsed each time. */
function hashOf(bytes: Buffer): number {
	let hash = bytes.length;
	for (let at = 0; at < bytes.length; at++)
		hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
	return hash;
}

function startsWith(input: Buffer, from: number, bytes: Buffer): boolean {
	const end = from + bytes.length;
	// Comparing whole buffers costs half as much as comparing parts of them.
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
		upgrade: isWebSocket(line, fields) ? "websocket" : "",
		keepAlive: isPersistent(line.minor, fields.connection),
		sent: undefined,
	};
}

/** Parses the first line. A bare LF at its end is left in the text, which parsing then refuses. */
function lineOf(input: Buffer, lineEnd: number): RequestLine {
	const isBare = input[lineEnd - 2] !== CARRIAGE_RETURN;
	const end = isBare ? lineEnd : lineEnd - 2;
	return parseRequestLine(input.toString("latin1", 0, end));
}
