import { type Field, mayTrail, NO_FIELDS, parseFields } from "./fields.js";
import { Refusal } from "./refusal.js";

/**
 * Finds where a message's body ends while its bytes pass by, unchanged. One per message that has a body.
 */
export interface Body {
	/** Whether the last byte was taken. */
	readonly done: boolean;
	/**
	 * Up to which index of the last take()'s bytes they pass on unchanged. What was taken beyond it passes as `tail`
	 * (the trailer section, of which only allowed fields go on).
	 */
	readonly passed: number;
	readonly tail: string;
	/**
	 * Takes this body's bytes out of bytes[from, to).
	 * @param data called with each stretch of content, without chunk framing
	 * @returns the index after the last byte taken
	 * @throws {Refusal} malformed
	 */
	take(
		bytes: Buffer,
		from: number,
		to: number,
		data?: (from: number, to: number) => void,
	): number;
}

/** A body of so many bytes (RFC 9112 6.2). */
export class LengthBody implements Body {
	passed = 0;
	readonly tail = "";

	constructor(private left: number) {}

	get done(): boolean {
		return this.left === 0;
	}

	/** Bytes that are still to come. */
	get remaining(): number {
		return this.left;
	}

	take(
		_bytes: Buffer,
		from: number,
		to: number,
		data?: (from: number, to: number) => void,
	): number {
		const end = Math.min(to, from + this.left);
		this.left -= end - from;
		this.passed = end;
		data?.(from, end);
		return end;
	}
}

/** A response body that the end of the connection ends (RFC 9112 6.3, rule 8). */
export class UntilCloseBody implements Body {
	done = false;
	passed = 0;
	readonly tail = "";

	take(
		_bytes: Buffer,
		from: number,
		to: number,
		data?: (from: number, to: number) => void,
	): number {
		this.passed = to;
		data?.(from, to);
		return to;
	}
}

/** Bytes of a chunk's size line. Extensions are nobody's in practice; longer ones are an attack (CVE-2023-39326). */
const SIZE_LINE_BYTES = 256;
/** Bytes of a trailer section. */
const TRAILER_BYTES = 16 * 1024;
const TRAILER_LINES = 100;
/** RFC 9112 7.1, 7.1.1: at most 13 significant digits, then well-formed extensions. */
const SIZE_LINE =
	/^0*([0-9a-fA-F]{1,13})(?:[\t ]*;[\t ]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[\t ]*=[\t ]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/;

type ChunkedState = "size" | "data" | "data end" | "trailer" | "done";

/**
 * A body in chunks (RFC 9112 7.1), whose framing passes as it came. A size line that comes in pieces passes piece by piece:
 * a bad end of it ends both connections, and the other side has an incomplete message.
 */
export class ChunkedBody implements Body {
	passed = 0;
	tail = "";
	private state: ChunkedState = "size";
	/** Content bytes left of this chunk, or bytes left of the CRLF behind it. */
	private left = 0;
	/** The beginning of a size line or trailer section whose end has not come yet (latin1). */
	private partial = "";
	/** Trailer fields that do not pass. */
	dropped: readonly Field[] = NO_FIELDS;

	/** @param isWithheld which trailer fields do not pass, beside those that never do */
	constructor(
		private readonly isWithheld: (field: Field) => boolean = () => false,
	) {}

	get done(): boolean {
		return this.state === "done";
	}

	take(
		bytes: Buffer,
		from: number,
		to: number,
		data?: (from: number, to: number) => void,
	): number {
		let at = from;
		this.tail = "";
		this.passed = from;
		while (at < to && this.state !== "done") {
			switch (this.state) {
				case "size":
					at = this.takeSize(bytes, at, to);
					this.passed = at;
					break;
				case "data": {
					const end = Math.min(to, at + this.left);
					this.left -= end - at;
					data?.(at, end);
					at = end;
					this.passed = at;
					if (this.left === 0) this.expect("data end", 2);
					break;
				}
				case "data end":
					if (bytes[at] !== (this.left === 2 ? 13 : 10))
						throw new Refusal("malformed", "end of chunk");
					at++;
					this.passed = at;
					if (--this.left === 0) this.expect("size", 0);
					break;
				case "trailer":
					at = this.takeTrailer(bytes, at, to);
					break;
			}
		}
		return at;
	}

	private expect(state: ChunkedState, left: number): void {
		this.state = state;
		this.left = left;
	}

	private takeSize(bytes: Buffer, from: number, to: number): number {
		const lineFeed = bytes.indexOf(10, from);
		const end = lineFeed < 0 || lineFeed >= to ? to : lineFeed + 1;
		this.partial += bytes.toString(
			"latin1",
			from,
			Math.min(end, from + 2 * SIZE_LINE_BYTES),
		);
		if (this.partial.length > SIZE_LINE_BYTES)
			throw new Refusal("malformed", "chunk size line too long");
		if (!this.partial.endsWith("\n")) {
			refuseControls(this.partial);
			return end;
		}
		const size = this.partial.endsWith("\r\n")
			? SIZE_LINE.exec(this.partial.slice(0, -2))
			: null;
		if (size === null) throw new Refusal("malformed", "chunk size");
		this.partial = "";
		this.left = Number.parseInt(size[1] as string, 16);
		this.state = this.left === 0 ? "trailer" : "data";
		return end;
	}

	private takeTrailer(bytes: Buffer, from: number, to: number): number {
		const before = this.partial.length;
		this.partial += bytes.toString(
			"latin1",
			from,
			Math.min(to, from + TRAILER_BYTES + 4),
		);
		const end = this.partial.startsWith("\r\n")
			? 2
			: this.partial.indexOf("\r\n\r\n") + 4;
		if (end < 4 && end !== 2) {
			if (this.partial.length > TRAILER_BYTES)
				throw new Refusal("malformed", "trailer section too large");
			refuseControls(this.partial);
			return to;
		}
		const fields = parseFields(this.partial.slice(0, end), 0, TRAILER_LINES);
		for (const field of fields) {
			if (mayTrail(field.name) && !this.isWithheld(field))
				this.tail += `${field.line}\r\n`;
		}
		this.dropped = fields.filter(({ name }) => !mayTrail(name));
		this.tail += "\r\n";
		this.state = "done";
		return from + end - before;
	}
}

/** In a line that is not complete: what can never become good is refused at once. */
function refuseControls(partial: string): void {
	if (/[^\t\r\n -~\x80-\xff]|\r[^\n]|(?:^|[^\r])\n/.test(partial))
		throw new Refusal("malformed", "control byte in chunk framing");
}

/**
 * Says whether content comes and how it ends; null where none comes. length: bytes, -1 without Content-Length.
 * @param isWithheld as for ChunkedBody
 */
export function requestBody(
	chunked: boolean,
	length: number,
	isWithheld?: (field: Field) => boolean,
): Body | null {
	if (chunked) return new ChunkedBody(isWithheld);
	return length > 0 ? new LengthBody(length) : null;
}
