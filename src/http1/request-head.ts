import { isUtf8 } from "node:buffer";
import {
	type Field,
	listMembers,
	parseFields,
	refuseControlBytes,
} from "./fields.js";
import { Refusal } from "./refusal.js";

/** Bytes of a request's first line. nginx takes at most 8 KiB by default; Jupyter's contents API needs more. */
export const REQUEST_LINE_BYTES = 16 * 1024;
/** Bytes of a request head. A browser has at most 180 cookies of 4 kB for a site; Node's limit is 16 KiB, Apache's 8 KiB a line. */
export const REQUEST_HEAD_BYTES = 64 * 1024;
/** Field lines of a request. Apache's limit is 100; no browser comes near it. */
export const REQUEST_FIELD_LINES = 200;

/** The first line of a request (RFC 9112 3). */
export interface RequestLine {
	readonly method: string;
	/**
	 * Path and query as sent, never decoded; double slashes in the path are collapsed, or only those at its beginning. So it
	 * never begins with two, which some readers take for another host's name (RFC 3986 4.2).
	 */
	readonly target: string;
	/** The authority of an absolute-form target; it replaces Host. */
	readonly authority: string | undefined;
	/** 0 or 1: HTTP/1.0 or HTTP/1.1. */
	readonly minor: number;
}

/** The meaning of a request's field lines, whatever its first line is. */
export interface RequestFields {
	readonly list: readonly Field[];
	readonly host: string | undefined;
	/** Content-Length in bytes; -1 without one. */
	readonly length: number;
	readonly chunked: boolean;
	/** The options listed in Connection, in lower case. */
	readonly connection: readonly string[];
	/** The values of all Upgrade lines, joined; empty without one. */
	readonly upgrade: string;
	readonly expectsContinue: boolean;
	/** The values of all Cookie lines, joined. */
	readonly cookies: string | undefined;
	/** Empty if there are several. */
	readonly origin: string | undefined;
	/** The values of all CDN-Loop lines (RFC 8586), joined. */
	readonly cdnLoop: string | undefined;
	/** Of X-If-Map-Unreadable, by which a front proxy says that it has other daemons to ask. */
	readonly ifMapUnreadable: string | undefined;
}

export const IF_MAP_UNREADABLE = "x-if-map-unreadable";

const LINE =
	/^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~\x80-\xff]+) HTTP\/([0-9])\.([0-9])$/;
/** nginx decodes the path in its location for kernels, so that UTF-8 arrives undisguised. */
const BEYOND_ASCII = /[\x80-\xff]/;
/** Some programs write the address of a WebSocket as they were given it. */
const ABSOLUTE = /^(?:https?|wss?):\/\/([^/?]*)(.*)$/i;
/** RFC 3986 3.2 without user information. It may be empty in Host, but not in a target. */
const AUTHORITY =
	/^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::[0-9]{0,5})?$/;

/**
 * @param text a request's first line without CRLF (latin1)
 * @param keepsSlashes whether double slashes behind the beginning of the path remain
 * @throws {Refusal} malformed, method, version
 */
export function parseRequestLine(
	text: string,
	keepsSlashes = false,
): RequestLine {
	const [, method, sent = "", major, minor] = LINE.exec(text) ?? [];
	if (method === undefined) throw new Refusal("malformed", "request line");
	if (major !== "1" || (minor !== "0" && minor !== "1"))
		throw new Refusal("version", "HTTP version");
	if (method === "CONNECT" || method === "TRACE")
		throw new Refusal("method", "method");
	const { authority, path } = splitTarget(sent);
	const target = keepsSlashes ? oneSlashFirst(path) : collapseSlashes(path);
	return { method, target, authority, minor: Number(minor) };
}

/** RFC 9112 3.2: origin form or absolute form. Asterisk form and authority form name no container. */
function splitTarget(target: string): { authority?: string; path: string } {
	if (target.includes("#"))
		throw new Refusal("malformed", "fragment in target");
	if (BEYOND_ASCII.test(target) && !isUtf8(Buffer.from(target, "latin1")))
		throw new Refusal("malformed", "target is not valid UTF-8");
	if (target.startsWith("/")) return { path: target };
	const [, authority, rest = ""] = ABSOLUTE.exec(target) ?? [];
	if (authority === undefined) throw new Refusal("malformed", "target form");
	if (authority === "" || !AUTHORITY.test(authority))
		throw new Refusal("malformed", "target authority");
	return { authority, path: rest.startsWith("/") ? rest : `/${rest}` };
}

/** A path whose leading slashes have become one. */
export function oneSlashFirst(path: string): string {
	return path.startsWith("//") ? path.replace(/^\/+/, "/") : path;
}

/**
 * docker-galaxy's nginx sends //gie_proxy/...; the legacy proxy collapsed slashes in the path, never in the query, and
 * kept an address inside the path (urlJoin of http-proxy): /proxy/http://x/y.
 */
function collapseSlashes(target: string): string {
	if (!target.includes("//")) return target;
	const query = target.indexOf("?");
	const path = query < 0 ? target : target.slice(0, query);
	const collapsed = path.replace(/(https?:)?\/\/+/g, (_, scheme?: string) =>
		scheme === undefined ? "/" : `${scheme}//`,
	);
	return query < 0 ? collapsed : collapsed + target.slice(query);
}

/**
 * Reads the field lines of a request: text (latin1) from `at` up to the empty line.
 * @throws {Refusal} malformed, largeHead, transferCoding
 */
export function parseRequestFields(text: string, at: number): RequestFields {
	const list = parseFields(text, at, REQUEST_FIELD_LINES);
	let host: string | undefined;
	let length = -1;
	let coding: string | undefined;
	let cookies: string | undefined;
	let origin: string | undefined;
	let cdnLoop: string | undefined;
	let ifMapUnreadable: string | undefined;
	let upgrade = "";
	let expectsContinue = false;
	let connection: string[] = [];
	for (const { name, value, line } of list) {
		switch (name) {
			case "host":
				if (host !== undefined)
					throw new Refusal("malformed", "two Host fields");
				if (!AUTHORITY.test(value)) throw new Refusal("malformed", "Host");
				host = value;
				break;
			case "content-length":
				if (length >= 0)
					throw new Refusal("malformed", "two Content-Length fields");
				length = parseLength(exactValue(line, value));
				break;
			case "transfer-encoding":
				if (coding !== undefined)
					throw new Refusal("malformed", "two Transfer-Encoding fields");
				coding = exactValue(line, value).toLowerCase();
				break;
			case "connection":
				connection = connection.concat(listMembers(value));
				break;
			case "upgrade":
				// An empty field still asks for an upgrade: Node reads no further request after it.
				upgrade = upgrade === "" ? value || "," : `${upgrade}, ${value}`;
				break;
			case "expect":
				expectsContinue = value.toLowerCase() === "100-continue";
				break;
			case "cookie":
				cookies = cookies === undefined ? value : `${cookies}; ${value}`;
				break;
			case "origin":
				origin = origin === undefined ? value : "";
				break;
			case "cdn-loop":
				cdnLoop = cdnLoop === undefined ? value : `${cdnLoop}, ${value}`;
				break;
			case IF_MAP_UNREADABLE:
				ifMapUnreadable = value;
				break;
		}
	}
	return {
		list,
		host,
		length,
		chunked: isChunked(coding, length),
		connection,
		upgrade,
		expectsContinue,
		cookies,
		origin,
		cdnLoop,
		ifMapUnreadable,
	};
}

/**
 * The line is passed on as sent, and a container that trims less than RFC 9112 5 requires reads a different value:
 * http-parser, and httpuv, which contains it, do not recognise "chunked" before a tab, and read the body as the next
 * request.
 */
function exactValue(line: string, value: string): string {
	if (line.includes("\t") || !line.endsWith(value))
		throw new Refusal("malformed", "white space around a framing value");
	return value;
}

/** RFC 9110 8.6: only digits, no list, no sign; 15 digits are exact in a number. */
function parseLength(value: string): number {
	if (!/^[0-9]{1,15}$/.test(value))
		throw new Refusal("malformed", "Content-Length");
	return Number(value);
}

function isChunked(coding: string | undefined, length: number): boolean {
	if (coding === undefined) return false;
	if (length >= 0)
		throw new Refusal("malformed", "Transfer-Encoding with Content-Length");
	if (coding === "chunked") return true;
	if (/^[a-z-]+$/.test(coding))
		throw new Refusal("transferCoding", "unknown transfer coding");
	throw new Refusal("malformed", "Transfer-Encoding");
}

/**
 * Checks the rules that concern both parts of a head (RFC 9112 3.2, 6.1).
 * @throws {Refusal} malformed
 */
export function checkRequest(line: RequestLine, fields: RequestFields): void {
	if (line.minor === 0 && fields.chunked)
		throw new Refusal("malformed", "Transfer-Encoding in HTTP/1.0");
	if (line.minor === 1 && fields.host === undefined)
		throw new Refusal("malformed", "no Host");
}

/**
 * Checks the beginning of an incomplete head.
 * @param from where the unchecked bytes begin
 * @throws {Refusal} malformed, longLine, largeHead
 */
export function checkPartialHead(bytes: Buffer, from: number): void {
	refuseControlBytes(bytes, from);
	const lineEnd = bytes.indexOf(10);
	checkHeadSize(bytes.length, lineEnd < 0 ? bytes.length : lineEnd);
}

/** @throws {Refusal} longLine, largeHead */
export function checkHeadSize(headBytes: number, lineBytes: number): void {
	if (lineBytes > REQUEST_LINE_BYTES)
		throw new Refusal("longLine", "request line too long");
	if (headBytes > REQUEST_HEAD_BYTES)
		throw new Refusal("largeHead", "head too large");
}

/** An authority: "host:port", with an IPv6 address in brackets (RFC 3986 3.2.2). */
export function authorityOf(target: {
	readonly host: string;
	readonly port: number;
}): string {
	const { host, port } = target;
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
