import { type Field, isHopByHop } from "../http1/fields.js";
import type { RequestFields, RequestLine } from "../http1/request-head.js";
import { Boundary } from "./boundary.js";
import { withoutCookies } from "./session-key.js";

/** What the flags say about a request's fields. */
export interface RequestRules {
	/** The session cookie's name. */
	readonly cookie: string;
	readonly forwardSessionCookie: boolean;
	readonly xForward: boolean;
	/** Made of the two above where it is absent. */
	readonly boundary?: Boundary;
	/** By which this daemon knows its own requests again (RFC 8586); absent: none is added. */
	readonly loopId?: string;
}

/** Who is at the other end of a client's connection. */
export interface Peer {
	/** Without an IPv4-mapped prefix. */
	readonly address: string;
	/** Whether it is in --trust-proxy: a front proxy whose X-Forwarded fields are believed. */
	readonly trusted: boolean;
}

/** A request's head, with the field lines that were worked out before. */
export interface Sent {
	readonly line: RequestLine;
	readonly block: { readonly fields: RequestFields; readonly out: string };
}

/** What of a request's way shows in its head. */
export interface Way {
	/** The container's "host:port": Host where an HTTP/1.0 client sent none. */
	readonly target: string;
	/** The connection carries this request alone. */
	readonly closing: boolean;
	/** The protocol to upgrade to, or empty. */
	readonly upgrade: string;
}

/** A request's head as it goes to the container: always HTTP/1.1, what is kept as sent, then what is added. */
export function outHead(
	{ line, block }: Sent,
	way: Way,
	peer: Peer,
	rules: RequestRules,
): string {
	const { fields } = block;
	const host = line.authority ?? (fields.host === null ? way.target : null);
	let lines = host === null ? block.out : outFields(fields, peer, rules, host);
	if (line.target.includes("rstudio")) lines = spellForRStudio(lines);
	const connection = way.closing ? "Connection: close\r\n" : "";
	const upgrade =
		way.upgrade === ""
			? ""
			: `Connection: Upgrade\r\nUpgrade: ${way.upgrade}\r\n`;
	return `${line.method} ${line.target} HTTP/1.1\r\n${lines}${connection}${upgrade}\r\n`;
}

/**
 * The field lines that go to the container, each with CRLF: first what is kept of the client's, then what is added.
 * Depends on nothing but the fields, so that a connection that sends the same block again can use it again.
 * @param host stands in for the client's Host; null keeps it
 */
export function outFields(
	fields: RequestFields,
	peer: Peer,
	rules: RequestRules,
	host: string | null = null,
): string {
	const boundary = rules.boundary ?? new Boundary(rules);
	let out = host === null ? "" : `Host: ${host}\r\n`;
	let forwardedFor = "";
	for (const field of fields.list) {
		if (host !== null && field.name === "host") continue;
		if (isDropped(field.name, fields.connection, peer)) continue;
		if (boundary.withholdsField(field.name, field.value)) continue;
		if (rules.xForward && field.name === "x-forwarded-for") {
			forwardedFor += `${field.value}, `;
			continue;
		}
		out += keptLine(field, boundary);
	}
	if (fields.list.some(isTrailersWish)) out += "TE: trailers\r\n";
	if (rules.loopId !== undefined) out += `CDN-Loop: ${rules.loopId}\r\n`;
	if (!rules.xForward) return out;
	out += `X-Forwarded-For: ${forwardedFor}${peer.address}\r\n`;
	if (peer.trusted) return out;
	const forwardedHost = host ?? fields.host;
	if (forwardedHost !== null) out += `X-Forwarded-Host: ${forwardedHost}\r\n`;
	return `${out}X-Forwarded-Proto: http\r\n`;
}

/** TE is hop-by-hop but for the one wish that the whole way can grant (RFC 9110 10.1.4). */
function isTrailersWish(field: Field): boolean {
	return (
		field.name === "te" &&
		/(?:^|,)[\t ]*trailers[\t ]*(?:,|$)/i.test(field.value)
	);
}

function isDropped(
	name: string,
	nominated: readonly string[],
	peer: Peer,
): boolean {
	if (isHopByHop(name, nominated) || name === "http2-settings") return true;
	if (name.includes("_")) return isOurs(name.replaceAll("_", "-"));
	return !peer.trusted && isForwarding(name);
}

function isForwarding(name: string): boolean {
	return (
		name.startsWith("x-forwarded-") ||
		name === "forwarded" ||
		name === "x-real-ip"
	);
}

/**
 * Servers of the CGI family read `_` and `-` as one: an alias of what is set or decided here would be taken for it
 * (GHSA-5m6w-wvh7-57vm, CVE-2025-64484).
 */
function isOurs(name: string): boolean {
	return (
		isForwarding(name) ||
		isHopByHop(name, []) ||
		name === "host" ||
		name === "content-length" ||
		name === "transfer-encoding"
	);
}

function keptLine(field: Field, boundary: Boundary): string {
	if (field.name !== "cookie" || !boundary.mayWithholdOf(field.value))
		return `${field.line}\r\n`;
	const left = withoutCookies(field.value, boundary);
	if (left === field.value) return `${field.line}\r\n`;
	return left === ""
		? ""
		: `${field.line.slice(0, field.name.length)}: ${left}\r\n`;
}

/**
 * RStudio of that time wants these two names in this spelling and its form posts without a charset
 * (galaxyproject/gx-it-proxy a5cc728): done for every URL with "rstudio" in it.
 */
function spellForRStudio(lines: string): string {
	return lines
		.replace(/^content-type:/gim, "Content-Type:")
		.replace(/^content-length:/gim, "Content-Length:")
		.replace(
			/^(Content-Type:[\t ]*application\/x-www-form-urlencoded);[\t ]*charset=UTF-8[\t ]*$/gim,
			"$1",
		);
}
