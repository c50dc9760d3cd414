import { isUtf8 } from "node:buffer";
import {
	REQUEST_FIELD_LINES,
	REQUEST_HEAD_BYTES,
	REQUEST_LINE_BYTES,
} from "../../src/http1/request-head.js";
import {
	Bad,
	type Field,
	fieldsOf,
	INCOMPLETE,
	membersOf,
	readChunked,
	refuseStray,
	ruleOf,
	sizedBody,
	valuesOf,
} from "./strict.js";

/** A request as the strict parser reads it; all text is latin1. */
export interface ReadRequest {
	readonly method: string;
	/** As sent. */
	readonly target: string;
	/** Of an absolute-form target; null in origin form. */
	readonly authority: string | null;
	/** From the path on. */
	readonly path: string;
	readonly minor: number;
	readonly fields: readonly Field[];
	readonly framing: "none" | "length" | "chunked";
	/** The beginning, where the request is incomplete. */
	body: string;
	trailers: readonly Field[];
	/** The chunk size lines. */
	sizes: readonly string[];
}

/** The message at an index of the bytes. `begun`: its head is good, its body is not, or not yet. */
export type Step =
	| { kind: "message"; request: ReadRequest; end: number }
	| { kind: "nothing" }
	| { kind: "incomplete"; begun: ReadRequest | null }
	| { kind: "refused"; rule: string; begun: ReadRequest | null };

const LINE =
	/^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP\/([0-9]\.[0-9])$/;
const AUTHORITY =
	/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]*)(:[0-9]{0,5})?$/;

/** White space around a framing value other than the leading spaces, which every reader skips. */
const ODD_SPACE =
	/^(content-length|transfer-encoding):([^\r]*\t[^\r]*|[^\r]* )\r/im;

/** Lines that the proxy may add to a client's maximum. */
export const ADDED_LINES = 8;

/** The next request (RFC 9112 and this proxy's stricter rules). Written independently of src/, so that an error is not repeated. */
export function readRequest(bytes: string, from: number, added = 0): Step {
	let at = from;
	while (bytes.startsWith("\r\n", at)) at += 2;
	if (at >= bytes.length) return { kind: "nothing" };
	let begun: ReadRequest | null = null;
	try {
		const { request, end } = readHead(bytes, at, REQUEST_FIELD_LINES + added);
		begun = request;
		return { kind: "message", request, end: readBody(bytes, end, request) };
	} catch (error) {
		const rule = ruleOf(error);
		return rule === "incomplete"
			? { kind: "incomplete", begun }
			: { kind: "refused", rule, begun };
	}
}

function readHead(
	bytes: string,
	at: number,
	lines: number,
): { request: ReadRequest; end: number } {
	const found = bytes.indexOf("\r\n\r\n", at);
	const head = found < 0 ? bytes.slice(at) : bytes.slice(at, found + 2);
	refuseStray(head);
	const lineEnd = head.indexOf("\r\n");
	if ((lineEnd < 0 ? head.length : lineEnd) > REQUEST_LINE_BYTES)
		throw new Bad("request line too long");
	if (head.length > REQUEST_HEAD_BYTES) throw new Bad("head too large");
	if (lineEnd < 0) throw INCOMPLETE;
	const line = readLine(head.slice(0, lineEnd));
	if (found < 0) throw INCOMPLETE;
	if (ODD_SPACE.test(head)) throw new Bad("white space around framing");
	const fields = fieldsOf(head.slice(lineEnd + 2), lines);
	const framing = framingOf(line.minor, fields);
	const request = {
		...line,
		fields,
		framing,
		body: "",
		trailers: [],
		sizes: [],
	};
	return { request, end: found + 4 };
}

type Line = Pick<
	ReadRequest,
	"method" | "target" | "authority" | "path" | "minor"
>;

function readLine(text: string): Line {
	const match = LINE.exec(text);
	if (match === null) throw new Bad("request line");
	const [, method = "", target = "", version] = match;
	if (version !== "1.0" && version !== "1.1") throw new Bad("HTTP version");
	if (method === "CONNECT" || method === "TRACE") throw new Bad("method");
	if (target.includes("#")) throw new Bad("fragment");
	const minor = version === "1.1" ? 1 : 0;
	if (!isUtf8(Buffer.from(target, "latin1"))) throw new Bad("target bytes");
	if (target.startsWith("/"))
		return { method, target, authority: null, path: target, minor };
	const absolute = /^(?:http|ws)s?:\/\/([^/?]+)(.*)$/i.exec(target);
	if (absolute === null) throw new Bad("target form");
	const [, authority = "", rest = ""] = absolute;
	if (!AUTHORITY.test(authority)) throw new Bad("target authority");
	const path = rest.startsWith("/") ? rest : `/${rest}`;
	return { method, target, authority, path, minor };
}

function framingOf(
	minor: number,
	fields: readonly Field[],
): ReadRequest["framing"] {
	const hosts = valuesOf(fields, "host");
	const lengths = valuesOf(fields, "content-length");
	const codings = valuesOf(fields, "transfer-encoding");
	if (hosts.length > 1) throw new Bad("several Host");
	if (hosts.length === 0 && minor === 1) throw new Bad("no Host");
	if (!hosts.every((host) => AUTHORITY.test(host))) throw new Bad("Host");
	if (lengths.length > 1) throw new Bad("several Content-Length");
	if (!lengths.every((length) => /^[0-9]{1,15}$/.test(length)))
		throw new Bad("Content-Length");
	if (codings.length === 0) return lengths.length === 0 ? "none" : "length";
	if (lengths.length > 0)
		throw new Bad("Content-Length with Transfer-Encoding");
	if (codings.length > 1) throw new Bad("several Transfer-Encoding");
	if (codings[0]?.toLowerCase() !== "chunked")
		throw new Bad("Transfer-Encoding");
	if (minor === 0) throw new Bad("Transfer-Encoding in HTTP/1.0");
	return "chunked";
}

function readBody(bytes: string, at: number, request: ReadRequest): number {
	if (request.framing === "none") return at;
	if (request.framing === "length") {
		const length = Number(valuesOf(request.fields, "content-length")[0]);
		return sizedBody(bytes, at, length, request);
	}
	const read = readChunked(bytes, at, (body) => {
		request.body = body;
	});
	request.body = read.body;
	request.trailers = read.trailers;
	request.sizes = read.sizes;
	return read.end;
}

/** Whether this proxy may open a tunnel for it: GET, no body, websocket; in HTTP/1.0 only a complete handshake. */
export function asksForTunnel(request: ReadRequest): boolean {
	const handshake = ["key", "version"].map((name) =>
		valuesOf(request.fields, `sec-websocket-${name}`).join(""),
	);
	return (
		request.method === "GET" &&
		(request.minor === 1 || !handshake.includes("")) &&
		request.framing !== "chunked" &&
		Number(valuesOf(request.fields, "content-length")[0] ?? 0) === 0 &&
		membersOf(request.fields, "upgrade").includes("websocket") &&
		membersOf(request.fields, "connection").includes("upgrade")
	);
}

/** Whether its client wants to go on after it (RFC 9112 9.3). */
export function wantsToGoOn(request: ReadRequest): boolean {
	const options = membersOf(request.fields, "connection");
	if (options.includes("close")) return false;
	return request.minor === 1 || options.includes("keep-alive");
}
