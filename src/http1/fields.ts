import { Refusal } from "./refusal.js";

/** One field line of a head or a trailer section (RFC 9112 5). */
export interface Field {
	/** Lower case. */
	readonly name: string;
	/** Without surrounding white space. */
	readonly value: string;
	/** As sent, without CRLF. */
	readonly line: string;
}

/** Shared by all messages without fields of some kind. */
export const NO_FIELDS: readonly Field[] = [];

const TOKEN = 1;
const VALUE = 2;
/** For each byte: may it be part of a name (RFC 9110 5.6.2) or a value (HTAB, SP, visible characters, obs-text)? */
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
	const isValue = code === 9 || (code >= 32 && code !== 127);
	const isToken = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code));
	return (isToken ? TOKEN : 0) | (isValue ? VALUE : 0);
});
const COLON = 58;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/**
 * Parses the field lines in text (latin1), from `at` up to the empty line. Strict: a token, a colon right after it, no
 * control byte but HTAB, CRLF. Refuses a line that begins with white space (obs-fold), a bare CR or LF, and NUL.
 * @throws {Refusal} malformed; largeHead beyond `max` lines
 */
export function parseFields(text: string, at: number, max: number): Field[] {
	const fields: Field[] = [];
	let from = at;
	while (!isLineEnd(text, from)) {
		const colon = endOf(TOKEN, text, from);
		const end = endOf(VALUE, text, colon + 1);
		if (
			colon === from ||
			text.charCodeAt(colon) !== COLON ||
			!isLineEnd(text, end)
		)
			throw new Refusal("malformed", "field line");
		if (fields.length === max)
			throw new Refusal("largeHead", "too many field lines");
		fields.push({
			name: text.slice(from, colon).toLowerCase(),
			value: trimWhiteSpace(text.slice(colon + 1, end)),
			line: text.slice(from, end),
		});
		from = end + 2;
	}
	return fields;
}

/**
 * Puts a container's field lines into the form that parseFields reads: each LF ends a line, with or without a CR before
 * it, and a line that begins with white space continues the one before (RFC 9112 2.2, 5.2).
 * @throws {Refusal} malformed
 */
export function cleanLines(text: string): string {
	const lines: string[] = [];
	for (const line of text.split(/\r?\n/)) {
		const content = trimWhiteSpace(line);
		if (!isWhiteSpace(line.charCodeAt(0))) lines.push(content);
		else if (lines.length === 0)
			throw new Refusal("malformed", "folded line before the first field");
		else if (content !== "") lines[lines.length - 1] += ` ${content}`;
	}
	return lines.join("\r\n");
}

function isLineEnd(text: string, at: number): boolean {
	return (
		text.charCodeAt(at) === CARRIAGE_RETURN &&
		text.charCodeAt(at + 1) === LINE_FEED
	);
}

/** @returns the index after the bytes of this kind */
function endOf(kind: number, text: string, from: number): number {
	let at = from;
	while (((KINDS[text.charCodeAt(at)] ?? 0) & kind) !== 0) at++;
	return at;
}

/** Removes only SP and HTAB (RFC 9110 5.6.3): String.trim also removes NBSP, which would turn another value into "chunked". */
export function trimWhiteSpace(value: string): string {
	let from = 0;
	let to = value.length;
	while (from < to && isWhiteSpace(value.charCodeAt(from))) from++;
	while (to > from && isWhiteSpace(value.charCodeAt(to - 1))) to--;
	return value.slice(from, to);
}

function isWhiteSpace(code: number): boolean {
	return code === 32 || code === 9;
}

/** The members of a comma-separated list in lower case, without empty ones (RFC 9110 5.6.1). */
export function listMembers(value: string): string[] {
	return value
		.toLowerCase()
		.split(",")
		.map(trimWhiteSpace)
		.filter((member) => member !== "");
}

/** Framing and addressing: a Connection field that names one of these does not remove it. */
const FRAMING = new Set([
	"content-length",
	"transfer-encoding",
	"host",
	"cookie",
	"set-cookie",
]);

/** Whether a field applies to a single connection and must not be passed on (RFC 9110 7.6.1). */
export function isHopByHop(
	name: string,
	nominated: readonly string[],
): boolean {
	return (
		name === "connection" ||
		name === "keep-alive" ||
		name === "te" ||
		name === "upgrade" ||
		name.startsWith("proxy-") ||
		(nominated.length > 0 && nominated.includes(name) && !FRAMING.has(name))
	);
}

/** Whether a message leaves its connection open (RFC 9112 9.3). minor: 0 or 1; options: the members of Connection. */
export function isPersistent(
	minor: number,
	options: readonly string[],
): boolean {
	if (options.includes("close")) return false;
	return minor === 1 || options.includes("keep-alive");
}

const NOT_IN_TRAILERS =
	/^(?:trailer|authorization|content-(?:encoding|type|range)|expect|forwarded|x-(?:real-ip|forwarded-.*)|location|origin|range|access-control-.*)$/;

/**
 * Whether HTTP allows a field in a trailer section (RFC 9110 6.5.1): no framing, routing or authentication, nothing that
 * belongs in the head. Servers of the CGI family read `_` as `-`.
 */
export function mayTrail(name: string): boolean {
	const plain = name.replaceAll("_", "-");
	return !(
		FRAMING.has(plain) ||
		NOT_IN_TRAILERS.test(plain) ||
		isHopByHop(plain, [])
	);
}

/**
 * Refuses an incomplete head at once, without waiting for a timeout, when it contains a byte that no head may contain.
 * @param from where the unchecked bytes begin; the byte before may be read
 * @param isLineFeedEnough whether an LF without a CR ends a line, as in responses
 * @throws {Refusal} malformed
 */
export function refuseControlBytes(
	bytes: Buffer,
	from: number,
	isLineFeedEnough = false,
): void {
	for (let i = from; i < bytes.length; i++) {
		const byte = bytes[i] as number;
		if ((byte >= 32 && byte !== 127) || byte === 9) continue;
		if (byte === 10 && (isLineFeedEnough || (i > 0 && bytes[i - 1] === 13)))
			continue;
		if (byte === 13 && (i + 1 === bytes.length || bytes[i + 1] === 10))
			continue;
		throw new Refusal("malformed", "control byte in head");
	}
}
