/** One field line: the name as sent, the value without the white space around it. */
export type Field = readonly [name: string, value: string];

/** The message can never become good. */
export class Bad extends Error {}

/** The end of the message is missing. A single object, since it is thrown for every segment. */
export const INCOMPLETE = new Error("incomplete");

/** A chunked body's content, and the index after it. */
export interface Chunked {
	readonly body: string;
	readonly trailers: readonly Field[];
	/** The chunk size lines. */
	readonly sizes: readonly string[];
	readonly end: number;
}

/** The proxy's limits for chunked bodies (src/http1/body.ts). */
const SIZE_LINE_BYTES = 256;
const TRAILER_BYTES = 16 * 1024;
const TRAILER_LINES = 100;

const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const EXTENSION = `[\\t ]*;[\\t ]*${TOKEN}(?:[\\t ]*=[\\t ]*(?:${TOKEN}|${QUOTED}))?`;
const SIZE = new RegExp(`^([0-9a-fA-F]+)(?:${EXTENSION})*$`);

/** A byte that no line may contain, a CR without LF, an LF without CR. A final CR may still become a CRLF. */
const STRAY = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?=[^\n])|(?<!\r)\n/;

/** Throws if this beginning of a head or a trailer section can never become good. */
export function refuseStray(text: string): void {
	if (STRAY.test(text)) throw new Bad("control byte or stray line end");
}

/** The field lines in text, each with its CRLF (RFC 9112 5). */
export function fieldsOf(text: string, most: number): Field[] {
	if (text === "") return [];
	if (!text.endsWith("\r\n")) throw new Bad("field line end");
	const lines = text.slice(0, -2).split("\r\n");
	if (lines.length > most) throw new Bad("too many field lines");
	return lines.map((line) => {
		const match = FIELD.exec(line);
		if (match === null) throw new Bad("field line");
		return [match[1] as string, (match[2] as string).replace(/[\t ]+$/, "")];
	});
}

export function valuesOf(fields: readonly Field[], name: string): string[] {
	return fields
		.filter(([each]) => each.toLowerCase() === name)
		.map(([, value]) => value);
}

/** For comparing and for showing. */
export function linesOf(fields: readonly Field[]): string {
	return fields.map(([name, value]) => `${name}: ${value}`).join("\n");
}

/** The members of all lists of this name, in lower case. */
export function membersOf(fields: readonly Field[], name: string): string[] {
	return valuesOf(fields, name)
		.flatMap((value) => value.toLowerCase().split(","))
		.map((member) => member.replace(/^[\t ]+|[\t ]+$/g, ""))
		.filter((member) => member !== "");
}

/** The rule that a thrown Bad or INCOMPLETE names. */
export function ruleOf(error: unknown): string {
	if (error instanceof Bad) return error.message;
	if (error === INCOMPLETE) return "incomplete";
	throw error;
}

/** Reads a body of known length into a message. @returns the index after it */
export function sizedBody(
	bytes: string,
	at: number,
	length: number,
	message: { body: string },
): number {
	message.body = bytes.slice(at, at + length);
	if (message.body.length < length) throw INCOMPLETE;
	return at + length;
}

/** A chunked body (RFC 9112 7.1). sofar: gets the content as it is read, for bodies that turn out bad. */
export function readChunked(
	bytes: string,
	from: number,
	sofar: (body: string) => void,
): Chunked {
	let at = from;
	let body = "";
	const sizes: string[] = [];
	for (;;) {
		const { size, end } = readSize(bytes, at);
		sizes.push(bytes.slice(at, end));
		at = end;
		if (size === 0) break;
		body += bytes.slice(at, at + size);
		sofar(body);
		at += size;
		const after = bytes.slice(at, at + 2);
		if (!"\r\n".startsWith(after)) throw new Bad("end of chunk");
		if (after.length < 2) throw INCOMPLETE;
		at += 2;
	}
	const empty = bytes.startsWith("\r\n", at);
	const found = empty ? at : bytes.indexOf("\r\n\r\n", at) + 2;
	if (!empty && found < 2) {
		refuseStray(bytes.slice(at));
		if (bytes.length - at > TRAILER_BYTES) throw new Bad("trailer too large");
		throw INCOMPLETE;
	}
	const trailers = fieldsOf(bytes.slice(at, found), TRAILER_LINES);
	return { body, trailers, sizes, end: found + 2 };
}

function readSize(bytes: string, at: number): { size: number; end: number } {
	const lineFeed = bytes.indexOf("\n", at);
	const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
	if (end - at > SIZE_LINE_BYTES) throw new Bad("chunk size line too long");
	if (lineFeed < 0) {
		refuseStray(bytes.slice(at));
		throw INCOMPLETE;
	}
	const line = bytes.slice(at, end - 2);
	refuseStray(bytes.slice(at, end));
	const digits = SIZE.exec(line)?.[1]?.replace(/^0+(?=.)/, "");
	if (digits === undefined || line.includes("\r")) throw new Bad("chunk size");
	if (digits.length > 13) throw new Bad("chunk size overflow");
	return { size: Number.parseInt(digits, 16), end };
}
