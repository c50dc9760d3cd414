import { type Field, isHopByHop, trimWhiteSpace } from "../http1/fields.js";
import {
	IF_MAP_UNREADABLE,
	type RequestFields,
	type RequestLine,
} from "../http1/request-head.js";
import type { Mode } from "../mode.js";
import type { Target, ToolNeeds } from "../route.js";
import { type Boundary, fieldName } from "./boundary.js";
import { targetFor } from "./entry-point.js";
import { forwardLines } from "./forwarded.js";
import { type ToolReferer, withoutOtherTools } from "./referer.js";
import type { Named } from "./scheme.js";

/** The flags that decide which fields a container gets. */
export interface RequestRules {
	readonly mode: Mode | "undecided";
	/** The session cookie's name. */
	readonly cookie: string;
	readonly xForward: boolean;
	/** X-Forwarded-Proto for tools, where the front proxy sends none. */
	readonly publicScheme?: "http" | "https" | undefined;
	readonly boundary: Boundary;
	/** Added to every request, to recognise it if it returns (RFC 8586). */
	readonly loopId?: string;
}

/** The other end of a client's connection. */
export interface Peer {
	/** Without an IPv4-mapped prefix. */
	readonly address: string;
	/** Whether it is in --trust-proxy: a front proxy whose X-Forwarded fields are trusted. */
	readonly trusted: boolean;
}

/** The properties of the upstream connection that affect a request's head. */
export interface RequestForm {
	/** The container's "host:port": becomes Host if an HTTP/1.0 client sent none. */
	readonly target: string;
	/** Whether the connection ends after this request. */
	readonly closing: boolean;
	/** The protocol to upgrade to, or empty. */
	readonly upgrade: string;
	/** The needs of the tool that is reached by path; absent: it has none. */
	readonly needs?: ToolNeeds | undefined;
	/** For the inner end of a double proxy: the target, and what the request is signed with. */
	readonly forwarded?:
		| { readonly target: Target; readonly secret: Buffer | undefined }
		| undefined;
}

/**
 * A request's head as the container gets it: always HTTP/1.1, first the client's lines that are kept, then the added ones.
 * @param request its `block.out` is the result of containerFields() without another host
 */
export function containerHead(
	request: {
		readonly line: RequestLine;
		readonly block: {
			readonly fields: RequestFields;
			readonly out: string;
			readonly referers?: readonly ToolReferer[] | undefined;
		};
		readonly named?: Named;
	},
	form: RequestForm,
	peer: Peer,
	rules: RequestRules,
): string {
	const { line, block, named } = request;
	const { fields, referers = [] } = block;
	const tool = named?.tool;
	const target = tool === undefined ? line.target : targetFor(tool, form.needs);
	const host =
		line.authority ?? (fields.host === undefined ? form.target : undefined);
	let lines =
		host === undefined ? block.out : containerFields(fields, peer, rules, host);
	if (named !== undefined && referers.length > 0)
		lines = withoutOtherTools(lines, referers, named.sessionKey);
	const pathHeader = form.needs?.pathHeader;
	if (tool !== undefined && pathHeader !== undefined) {
		lines = withoutField(lines, pathHeader);
		if (tool.by === "path") lines += `${pathHeader}: ${tool.base}\r\n`;
	}
	if (form.forwarded !== undefined)
		lines += forwardLines({ method: line.method, target }, form.forwarded);
	if (target.includes("rstudio")) lines = spellForRStudio(lines);
	const connection = form.closing ? "Connection: close\r\n" : "";
	const upgrade =
		form.upgrade === ""
			? ""
			: `Connection: Upgrade\r\nUpgrade: ${form.upgrade}\r\n`;
	return `${line.method} ${target} HTTP/1.1\r\n${lines}${connection}${upgrade}\r\n`;
}

/** Field lines without this name, as servers of the CGI family read names. */
function withoutField(lines: string, name: string): string {
	const unwanted = fieldName(name);
	return lines
		.split("\r\n")
		.filter((line) => fieldName(line.slice(0, line.indexOf(":"))) !== unwanted)
		.join("\r\n");
}

/**
 * The field lines for the container, each with CRLF. They follow from the arguments alone, so a repeated block of fields
 * can reuse them.
 * @param host replaces the client's Host
 */
export function containerFields(
	fields: RequestFields,
	peer: Peer,
	rules: RequestRules,
	host?: string,
): string {
	const { boundary } = rules;
	const isForTools = rules.mode === "gxit";
	let out = host === undefined ? "" : `Host: ${host}\r\n`;
	let forwardedFor = "";
	for (const field of fields.list) {
		if (host !== undefined && field.name === "host") continue;
		if (isDropped(field.name, fields.connection, peer)) continue;
		if (boundary.withholdsField(field)) continue;
		if (rules.xForward && field.name === "x-forwarded-for") {
			forwardedFor += `${field.value}, `;
			continue;
		}
		out +=
			isForTools && isOneValue(field.name)
				? oneValueLine(field, fields.list)
				: keptLine(field, boundary);
	}
	if (fields.list.some(acceptsTrailers)) out += "TE: trailers\r\n";
	if (rules.loopId !== undefined) out += `CDN-Loop: ${rules.loopId}\r\n`;
	if (!rules.xForward) return out;
	out += `X-Forwarded-For: ${forwardedFor}${peer.address}\r\n`;
	const publicScheme = isForTools ? rules.publicScheme : undefined;
	if (peer.trusted) {
		if (publicScheme === undefined) return out;
		if (firstValue("x-forwarded-proto", fields.list) !== undefined) return out;
		return `${out}X-Forwarded-Proto: ${publicScheme}\r\n`;
	}
	const forwardedHost = host ?? fields.host;
	if (forwardedHost !== undefined)
		out += `X-Forwarded-Host: ${forwardedHost}\r\n`;
	return `${out}X-Forwarded-Proto: ${publicScheme ?? "http"}\r\n`;
}

/**
 * Whether a field gets a single value for tools. Applications that find a list build addresses like
 * "https://host, host/" from it (jupyterhub/jupyter-rsession-proxy#121).
 */
function isOneValue(name: string): boolean {
	return name === "x-forwarded-proto" || name === "x-forwarded-host";
}

/** The first value of a name's lines, which the front proxy nearest to the client has written; in the place of the first line. */
function oneValueLine(field: Field, list: readonly Field[]): string {
	const { name, line } = field;
	if (list.find((other) => other.name === name) !== field) return "";
	const first = firstValue(name, list);
	if (first === undefined) return "";
	return first === field.value
		? `${line}\r\n`
		: `${line.slice(0, name.length)}: ${first}\r\n`;
}

function firstValue(name: string, list: readonly Field[]): string | undefined {
	return list
		.filter((field) => field.name === name)
		.flatMap(({ value }) => value.split(","))
		.map(trimWhiteSpace)
		.find((value) => value !== "");
}

/** TE is hop-by-hop, but "trailers" is passed on because every hop here supports it (RFC 9110 10.1.4). */
function acceptsTrailers({ name, value }: Field): boolean {
	return name === "te" && /(?:^|,)[\t ]*trailers[\t ]*(?:,|$)/i.test(value);
}

function isDropped(
	name: string,
	nominated: readonly string[],
	peer: Peer,
): boolean {
	if (isHopByHop(name, nominated) || name === "http2-settings") return true;
	if (name === IF_MAP_UNREADABLE) return true;
	if (name.includes("_")) return isSetHere(name.replaceAll("_", "-"));
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
 * Servers of the CGI family read `_` and `-` as the same character: they would take an alias of a field that is set or
 * checked here for that field (GHSA-5m6w-wvh7-57vm, CVE-2025-64484).
 */
function isSetHere(name: string): boolean {
	return (
		isForwarding(name) ||
		isHopByHop(name, []) ||
		name === "host" ||
		name === "content-length" ||
		name === "transfer-encoding"
	);
}

function keptLine({ name, value, line }: Field, boundary: Boundary): string {
	if (name !== "cookie" || !boundary.mayWithholdFrom(value))
		return `${line}\r\n`;
	const kept = withoutCookies(value, boundary);
	if (kept === value) return `${line}\r\n`;
	return kept === "" ? "" : `${line.slice(0, name.length)}: ${kept}\r\n`;
}

/** A Cookie line's value without the withheld cookies, the rest as sent; empty if nothing remains. */
export function withoutCookies(
	value: string,
	boundary: Pick<Boundary, "withholdsCookie">,
): string {
	const pairs = value.split(";");
	const kept = pairs.filter((pair) => {
		const equals = pair.indexOf("=");
		const name = equals < 0 ? pair : pair.slice(0, equals);
		return !boundary.withholdsCookie(trimWhiteSpace(name));
	});
	return kept.length === pairs.length ? value : trimWhiteSpace(kept.join(";"));
}

/**
 * The RStudio of Galaxy's environments needs these two names in this spelling and its form posts without a charset
 * (galaxyproject/gx-it-proxy a5cc728). Applies to every URL that contains "rstudio".
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
