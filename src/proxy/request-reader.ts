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
import type { Mode } from "../mode.js";
import type { ToolNeeds } from "../route.js";
import { isWebSocket } from "../routing/admission.js";
import {
	containerFields,
	type Peer,
	type RequestRules,
} from "../routing/container-request.js";
import { findSessionKeys } from "../routing/cookie.js";
import { EntryPoints, shownPath, toolOfHost } from "../routing/entry-point.js";
import { nameForwarded } from "../routing/forwarded.js";
import { type ToolReferer, toolReferers } from "../routing/referer.js";
import { type Named, type NamingRules, UNNAMED } from "../routing/scheme.js";

/**
 * A request head and all that depends on it alone. While a client repeats a head byte for byte, its connection has one
 * object for it.
 */
export interface RequestHead {
	readonly line: RequestLine;
	readonly block: RequestBlock;
	/** In bytes. */
	readonly length: number;
	readonly named: Named;
	/** The container's path, without the query and without the token of any tool. */
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
	readonly needs: ToolNeeds | undefined;
	readonly bytes: Buffer;
}

/** A block of field lines and all that depends on it alone. */
export interface RequestBlock {
	/** From the first field line to the empty one. */
	readonly bytes: Buffer;
	readonly fields: RequestFields;
	/** The session that the fields name; the request line may name another one. */
	readonly named: Named;
	/** The field lines for the container (containerFields). */
	readonly out: string;
	/** Undefined for environments, and in an inner proxy: the outer one, which knows the tools, has changed them. */
	readonly referers: readonly ToolReferer[] | undefined;
}

const END_OF_HEAD = "\r\n\r\n";
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/**
 * Reads the heads of one client's requests. Most requests of a connection repeat the field block of the one before byte
 * for byte, so that nothing has to be parsed again.
 */
export class RequestReader {
	readonly #blocks: FieldBlocks;
	readonly #peer: Peer;
	/** Tells this connection from others. */
	readonly #number: number;
	/** Bytes of an incomplete head that were checked. */
	#checked = 0;
	#last: { bytes: Buffer; head: RequestHead } | undefined = undefined;

	constructor(blocks: FieldBlocks, peer: Peer) {
		this.#blocks = blocks;
		this.#peer = peer;
		this.#number = blocks.countConnection();
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
			if (lineEnd > 0) this.#lineOf(input, lineEnd);
			// At least 1; a CR at the end is checked again with its LF.
			this.#checked = Math.max(1, input.length - 1);
			return undefined;
		}
		this.#checked = 0;
		const length = lineEnd + block.bytes.length;
		checkHeadSize(length, lineEnd);
		const head = this.#headOf(this.#lineOf(input, lineEnd), block, length);
		if (this.#blocks.mode !== "undecided")
			this.#last = { bytes: Buffer.from(input.subarray(0, length)), head };
		return head;
	}

	/** @throws {Refusal} malformed */
	#headOf(line: RequestLine, block: RequestBlock, length: number): RequestHead {
		const { fields } = block;
		checkRequest(line, fields);
		const named = this.#blocks.nameIn(line, block, this.#number);
		return {
			line,
			block,
			length,
			named,
			path: this.#blocks.pathFor(line, named),
			upgrade: isWebSocket(line, fields) ? "websocket" : "",
			keepAlive: isPersistent(line.minor, fields.connection),
			sent: undefined,
		};
	}

	/** Parses the first line. A bare LF at its end is left in the text, which parsing then refuses. */
	#lineOf(input: Buffer, lineEnd: number): RequestLine {
		const isBare = input[lineEnd - 2] !== CARRIAGE_RETURN;
		const text = input.toString("latin1", 0, isBare ? lineEnd : lineEnd - 2);
		return parseRequestLine(text, this.#blocks.mode !== "gie");
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
	#rules: RequestRules & NamingRules;
	/** Undefined except in mode gxit, and in an inner proxy. */
	#entryPoints: EntryPoints | undefined;
	#connections = 0;

	constructor(rules: RequestRules & NamingRules) {
		this.#rules = rules;
		this.useRules(rules);
	}

	get mode(): Mode | "undecided" {
		return this.#rules.mode;
	}

	/** The mode is decided. */
	useRules(rules: RequestRules & NamingRules): void {
		this.#rules = rules;
		this.#entryPoints =
			rules.mode === "gxit" && !rules.isInner
				? new EntryPoints(rules.proxyPathPrefix)
				: undefined;
	}

	/** The number of the next connection. */
	countConnection(): number {
		return ++this.#connections;
	}

	/** @throws {Refusal} malformed */
	nameIn(line: RequestLine, block: RequestBlock, connection: number): Named {
		if (this.#rules.isInner)
			return nameForwarded(line, block.fields.list, connection, block.named);
		return this.#entryPoints?.nameIn(line, block.named) ?? block.named;
	}

	/** RequestHead's path. */
	pathFor({ target }: RequestLine, named: Named): string {
		const path = named.tool?.rest ?? target;
		const query = path.indexOf("?");
		const shown = query < 0 ? path : path.slice(0, query);
		const { mode, isInner, proxyPathPrefix } = this.#rules;
		if (mode === "gie") return shown;
		// An inner proxy cannot know where in a path the token is.
		return shownPath(shown, isInner ? UNNAMED : named, proxyPathPrefix);
	}

	/**
	 * @param last the connection's block before this one
	 * @throws {Refusal}
	 */
	read(bytes: Buffer, peer: Peer, last?: RequestBlock): RequestBlock {
		if (bytes.length > KEPT_BYTES || this.mode === "undecided")
			return this.#parse(bytes, peer, last);
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
		return {
			bytes: Buffer.from(bytes),
			fields,
			named: this.#nameBy(fields, last),
			out: containerFields(fields, peer, this.#rules),
			referers: this.#entryPoints && toolReferers(fields, this.#entryPoints),
		};
	}

	#nameBy(fields: RequestFields, last?: RequestBlock): Named {
		switch (this.mode) {
			case "gie":
				return last !== undefined && last.fields.cookies === fields.cookies
					? last.named
					: findSessionKeys(fields.cookies, this.#rules.cookie);
			case "gxit":
				return last !== undefined && last.fields.host === fields.host
					? last.named
					: toolOfHost(fields.host);
			case "undecided":
				return UNNAMED;
		}
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
