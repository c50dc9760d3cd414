import {
	cleanLines,
	type Field,
	mayTrail,
	NO_FIELDS,
	parseFields,
	trimWhiteSpace,
} from "./fields.js";
import { Refusal } from "./refusal.js";

/** Called with each stretch of content, without chunk framing. */
export type OnContent = (from: number, to: number) => void;

/** Finds the end of a message's body while its bytes pass unchanged. Each message with a body has its own. */
export interface Body {
	readonly isDone: boolean;
	/** The bytes of the last take() pass unchanged up to this index; of the rest only `tail` passes. */
	readonly passed: number;
	/** Framing that is passed on in our own form: the trailer section, only with allowed fields, or a response's odd line. */
	readonly tail: string;
	/**
	 * Takes the bytes of this body from bytes[from, to), all of them unless the body or, in a response, a `tail` ends
	 * before.
	 * @returns the index after the last byte taken
	 * @throws {Refusal} malformed
	 */
	take(bytes: Buffer, from: number, to: number, onContent?: OnContent): number;
}

/** A body with a Content-Length (RFC 9112 6.2). */
export class LengthBody implements Body {
	passed = 0;
	readonly tail = "";
	#remaining: number;

	constructor(length: number) {
		this.#remaining = length;
	}

	get isDone(): boolean {
		return this.#remaining === 0;
	}

	/** Bytes that have not arrived yet. */
	get remaining(): number {
		return this.#remaining;
	}

	take(
		_bytes: Buffer,
		from: number,
		to: number,
		onContent?: OnContent,
	): number {
		const end = Math.min(to, from + this.#remaining);
		this.#remaining -= end - from;
		this.passed = end;
		onContent?.(from, end);
		return end;
	}
}

/** A response body that ends when the connection ends (RFC 9112 6.3, rule 8). */
export class UntilCloseBody extends LengthBody {
	constructor() {
		super(Number.POSITIVE_INFINITY);
	}
}

/** Bytes of a chunk's size line. Nobody uses chunk extensions in practice; a longer line is an attack (CVE-2023-39326). */
const SIZE_LINE_BYTES = 256;
const TRAILER_BYTES = 16 * 1024;
const TRAILER_LINES = 100;
/** RFC 9112 7.1, 7.1.1: at most 13 significant digits, then well-formed extensions. */
const SIZE_LINE =
	/^0*([0-9a-fA-F]{1,13})(?:[\t ]*;[\t ]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[\t ]*=[\t ]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/;

/**
 * A chunked body (RFC 9112 7.1), passed on with its framing as sent. A request's size line that arrives in pieces passes
 * piece by piece: if its end turns out to be bad, both connections end, and the receiver has an incomplete message.
 *
 * Responses are read as containers write them: each LF ends a line, with or without a CR before it, there may be white
 * space around a size, and trailer fields may be folded. Such framing is replaced by our own.
 */
export class ChunkedBody implements Body {
	passed = 0;
	tail = "";
	/** Trailer fields that do not pass. */
	dropped: readonly Field[] = NO_FIELDS;
	readonly #isWithheld: (field: Field) => boolean;
	readonly #isResponse: boolean;
	#state: "size" | "data" | "data end" | "trailer" | "done" = "size";
	/** Bytes that remain of this chunk's content or of the CRLF after it. */
	#left = 0;
	/** The beginning of a size line or trailer section that is incomplete (latin1). */
	#partial = "";

	/** @param isWithheld whether a trailer field must not pass although HTTP would allow it */
	constructor(isWithheld: (field: Field) => boolean, isResponse = false) {
		this.#isWithheld = isWithheld;
		this.#isResponse = isResponse;
	}

	get isDone(): boolean {
		return this.#state === "done";
	}

	take(bytes: Buffer, from: number, to: number, onContent?: OnContent): number {
		let at = from;
		this.tail = "";
		this.passed = from;
		while (at < to && this.#state !== "done" && this.tail === "") {
			switch (this.#state) {
				case "size":
					at = this.#takeSize(bytes, at, to);
					break;
				case "data": {
					const end = Math.min(to, at + this.#left);
					this.#left -= end - at;
					onContent?.(at, end);
					at = end;
					this.passed = at;
					if (this.#left > 0) break;
					this.#state = "data end";
					this.#left = 2;
					break;
				}
				case "data end": {
					const byte = bytes[at++];
					if (byte === (this.#left === 2 ? 13 : 10)) this.passed = at;
					else if (byte === 10 && this.#isResponse) {
						this.tail = "\r\n";
						this.#left = 1;
					} else throw new Refusal("malformed", "end of chunk");
					if (--this.#left === 0) this.#state = "size";
					break;
				}
				case "trailer":
					at = this.#takeTrailer(bytes, at, to);
					break;
			}
		}
		return at;
	}

	#takeSize(bytes: Buffer, from: number, to: number): number {
		const lineFeed = bytes.indexOf(10, from);
		const end = lineFeed < 0 || lineFeed >= to ? to : lineFeed + 1;
		const readTo = Math.min(end, from + 2 * SIZE_LINE_BYTES);
		const before = this.#partial;
		const line = before + bytes.toString("latin1", from, readTo);
		if (line.length > SIZE_LINE_BYTES)
			throw new Refusal("malformed", "chunk size line too long");
		if (!line.endsWith("\n")) {
			refuseControls(line);
			this.#partial = line;
			if (!this.#isResponse) this.passed = end;
			return end;
		}
		const hasReturn = line.endsWith("\r\n");
		const text = line.slice(0, hasReturn ? -2 : -1);
		let size = hasReturn ? SIZE_LINE.exec(text)?.[1] : undefined;
		let isClean = size !== undefined;
		if (this.#isResponse && text !== size && (!isClean || /[\t ]/.test(text))) {
			size = SIZE_LINE.exec(trimWhiteSpace(text))?.[1];
			isClean = false;
		}
		if (size === undefined) throw new Refusal("malformed", "chunk size");
		if (!this.#isResponse || (isClean && before === "")) this.passed = end;
		else this.tail = isClean ? line : `${size}\r\n`;
		this.#partial = "";
		this.#left = Number.parseInt(size, 16);
		this.#state = this.#left === 0 ? "trailer" : "data";
		return end;
	}

	#takeTrailer(bytes: Buffer, from: number, to: number): number {
		const before = this.#partial.length;
		const readTo = Math.min(to, from + TRAILER_BYTES + 4);
		this.#partial += bytes.toString("latin1", from, readTo);
		const end = this.#isResponse
			? endOf(/^\r?\n|\n\r?\n/, this.#partial)
			: endOf(/^\r\n|\r\n\r\n/, this.#partial);
		if (end < 0) {
			if (this.#partial.length > TRAILER_BYTES)
				throw new Refusal("malformed", "trailer section too large");
			refuseControls(this.#partial, this.#isResponse);
			return to;
		}
		const text = this.#partial.slice(0, end);
		const lines = this.#isResponse ? cleanLines(text) : text;
		const fields = parseFields(lines, 0, TRAILER_LINES);
		const passes = (field: Field) =>
			mayTrail(field.name) && !this.#isWithheld(field);
		for (const field of fields)
			if (passes(field)) this.tail += `${field.line}\r\n`;
		this.dropped = fields.filter((field) => !passes(field));
		this.tail += "\r\n";
		this.#state = "done";
		return from + end - before;
	}
}

/** The body of a message with these framing fields; undefined if it has none. length: bytes, -1 without Content-Length. */
export function createBody(
	chunked: boolean,
	length: number,
	isWithheld: (field: Field) => boolean,
): Body | undefined {
	if (chunked) return new ChunkedBody(isWithheld);
	return length > 0 ? new LengthBody(length) : undefined;
}

/** @returns the index after the first match, or -1 */
function endOf(pattern: RegExp, text: string): number {
	const match = pattern.exec(text);
	return match === null ? -1 : match.index + match[0].length;
}

/** Refuses an incomplete line at once when nothing that follows could make it valid. */
function refuseControls(partial: string, isLineFeedEnough = false): void {
	if (
		/[^\t\r\n -~\x80-\xff]|\r[^\n]/.test(partial) ||
		(!isLineFeedEnough && /(?:^|[^\r])\n/.test(partial))
	)
		throw new Refusal("malformed", "control byte in chunk framing");
}
