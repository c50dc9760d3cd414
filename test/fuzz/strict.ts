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

/** The same where every LF ends a line, as in a container's answer. */
const STRAY_BUT_LF = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?=[^\n])/;

/** Throws if this beginning of a container's head or trailer section can never become good. */
export function refuseStrayButLf(text: string): void {
	if (STRAY_BUT_LF.test(text)) throw new Bad("control byte or stray line end");
}

/** The same fields in CRLF lines, each field in one. text: a container's lines with their ends. */
export function unfolded(text: string): string {
	if (/^[\t ]/.test(text)) throw new Bad("fold before the first field");
	const lines = text.replaceAll("\r\n", "\n").split("\n");
	const joined = lines.map((line) =>
		/^[\t ]/.test(line) ? `\0${blanksCut(line)}` : line,
	);
	return joined
		.join("\r\n")
		.split(/(?:\r\n\0)+/)
		.map((part, i) => (i > 0 && part !== "" ? ` ${part}` : part))
		.join("");
}

function blanksCut(line: string): string {
	return line.replace(/^[\t ]+|[\t ]+$/g, "");
}

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

/**
 * A chunked body (RFC 9112 7.1). sofar: gets the content as it is read, for bodies that turn out bad. ofContainer: as
 * containers write it, with LF as line end, blanks around sizes and folded trailers.
 */
export function readChunked(
	bytes: string,
	from: number,
	sofar: (body: string) => void,
	ofContainer = false,
): Chunked {
	const refuse = ofContainer ? refuseStrayButLf : refuseStray;
	let at = from;
	let body = "";
	const sizes: string[] = [];
	for (;;) {
		const { size, end } = readSize(bytes, at, ofContainer);
		sizes.push(bytes.slice(at, end));
		at = end;
		if (size === 0) break;
		body += bytes.slice(at, at + size);
		sofar(body);
		at += size;
		const after = bytes.slice(at, at + 2);
		if (ofContainer && after.startsWith("\n")) {
			at++;
			continue;
		}
		if (!"\r\n".startsWith(after)) throw new Bad("end of chunk");
		if (after.length < 2) throw INCOMPLETE;
		at += 2;
	}
	const line = ofContainer ? /\r?\n/ : /\r\n/;
	const section = new RegExp(`^(|[\\s\\S]*?${line.source})${line.source}`);
	const found = section.exec(bytes.slice(at));
	if (found === null) {
		refuse(bytes.slice(at));
		if (bytes.length - at > TRAILER_BYTES) throw new Bad("trailer too large");
		throw INCOMPLETE;
	}
	const [whole, lines = ""] = found;
	const text = ofContainer ? unfolded(lines) : lines;
	const trailers = fieldsOf(text, TRAILER_LINES);
	return { body, trailers, sizes, end: at + whole.length };
}

function readSize(
	bytes: string,
	at: number,
	ofContainer: boolean,
): { size: number; end: number } {
	const lineFeed = bytes.indexOf("\n", at);
	const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
	if (end - at > SIZE_LINE_BYTES) throw new Bad("chunk size line too long");
	if (lineFeed < 0) {
		refuseStray(bytes.slice(at));
		throw INCOMPLETE;
	}
	const refuse = ofContainer ? refuseStrayButLf : refuseStray;
	refuse(bytes.slice(at, end));
	const sent = bytes.slice(at, end).replace(/\r?\n$/, "");
	const line = ofContainer ? blanksCut(sent) : sent;
	const digits = SIZE.exec(line)?.[1]?.replace(/^0+(?=.)/, "");
	if (digits === undefined || line.includes("\r")) throw new Bad("chunk size");
	if (digits.length > 13) throw new Bad("chunk size overflow");
	return { size: Number.parseInt(digits, 16), end };
}
