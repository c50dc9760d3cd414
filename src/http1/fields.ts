import { isBoundaryField } from "../routing/boundary.js";
import { Refusal } from "./refusal.js";

/** One field line of a head or a trailer section (RFC 9112 5). */
export interface Field {
	/** Lower case. */
	readonly name: string;
	/** Without the optional white space around it. */
	readonly value: string;
	/** As sent, without CRLF. */
	readonly line: string;
}

/** No fields, which most messages have of most kinds. */
export const NO_FIELDS: readonly Field[] = [];

const TOKEN = 1;
const VALUE = 2;
/** What each byte may be part of: a name (RFC 9110 5.6.2), a value: HTAB, SP, visible and obs-text. */
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
	const isValue = code === 9 || (code >= 32 && code !== 127);
	const isToken = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code));
	return (isToken ? TOKEN : 0) | (isValue ? VALUE : 0);
});
const COLON = 58;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/**
 * The field lines in text (latin1), from `at` up to and without the empty line. Strictly: a token, the colon at once, no
 * control byte but HTAB, CRLF. A line that begins with white space (obs-fold), a bare CR or LF and a NUL are refused.
 * @throws {Refusal} malformed, or largeHead beyond maxLines
 */
export function parseFields(
	text: string,
	at: number,
	maxLines: number,
): Field[] {
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
		if (fields.length === maxLines)
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

function isLineEnd(text: string, at: number): boolean {
	return (
		text.charCodeAt(at) === CARRIAGE_RETURN &&
		text.charCodeAt(at + 1) === LINE_FEED
	);
}

/** @returns the index behind the bytes of this kind */
function endOf(kind: number, text: string, from: number): number {
	let at = from;
	while (((KINDS[text.charCodeAt(at)] ?? 0) & kind) !== 0) at++;
	return at;
}

/** Takes off SP and HTAB alone (RFC 9110 5.6.3): String.trim would also eat NBSP, and turn what is no "chunked" into it. */
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

/** The members of a comma-separated list in lower case, empty ones left out (RFC 9110 5.6.1). */
export function listMembers(value: string): string[] {
	return value
		.toLowerCase()
		.split(",")
		.map(trimWhiteSpace)
		.filter((member) => member !== "");
}

/** Fields that say where a message ends or for whom it is: never removed because a Connection field names them. */
const FRAMING = new Set([
	"content-length",
	"transfer-encoding",
	"host",
	"cookie",
	"set-cookie",
]);

/** Whether a field belongs to one connection alone and goes no further (RFC 9110 7.6.1). */
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

/** Fields that a trailer section must not hold (RFC 9110 6.5.1): framing, routing, authentication, and all that the head decides. */
const NOT_IN_TRAILERS = new Set([
	...FRAMING,
	"trailer",
	"authorization",
	"content-encoding",
	"content-type",
	"content-range",
	"expect",
	"forwarded",
	"x-real-ip",
	"location",
	"origin",
	"range",
]);

/** Whether a trailer field may pass. */
export function mayTrail(name: string): boolean {
	const plain = name.replaceAll("_", "-");
	return !(
		NOT_IN_TRAILERS.has(plain) ||
		isBoundaryField(plain) ||
		isHopByHop(plain, []) ||
		plain.startsWith("x-forwarded-") ||
		plain.startsWith("access-control-")
	);
}

/**
 * In a head that is not complete: a byte that no head may hold, a bare CR or LF. What can never become good is refused at
 * once, so that nobody waits for a timeout.
 * @param from where the unseen bytes begin; the byte before it may be looked at
 * @throws {Refusal} malformed
 */
export function refuseControlBytes(bytes: Buffer, from: number): void {
	for (let i = from; i < bytes.length; i++) {
		const byte = bytes[i] as number;
		if ((byte >= 32 && byte !== 127) || byte === 9) continue;
		if (byte === 10 && i > 0 && bytes[i - 1] === 13) continue;
		if (byte === 13 && (i + 1 === bytes.length || bytes[i + 1] === 10))
			continue;
		throw new Refusal("malformed", "control byte in head");
	}
}
