import { isUtf8 } from "node:buffer";

import {
	type Field,
	listMembers,
	parseFields,
	refuseControlBytes,
} from "./fields.js";
import { Refusal } from "./refusal.js";

/** Bytes of a request's first line. The longest that nginx takes by default is 8 KiB; Jupyter's contents API needs more. */
export const REQUEST_LINE_BYTES = 16 * 1024;

/** Bytes of a whole request head. A browser holds at most 180 cookies of 4 kB for a site; Node stops at 16 KiB, Apache at 8 KiB a line. */
export const REQUEST_HEAD_BYTES = 64 * 1024;

/** Field lines of a request. Apache stops at 100, no browser comes near. */
export const REQUEST_FIELD_LINES = 200;

/** The first line of a request (RFC 9112 3). */
export interface RequestLine {
	readonly method: string;
	/** Path and query as sent, the path's double slashes collapsed. Never decoded. */
	readonly target: string;
	/** The authority of an absolute-form target, which then stands for Host; else null. */
	readonly authority: string | null;
	/** Whether its path was sent as //host/path, which readers take for another host's (RFC 3986 4.2). Not where it is Galaxy's. */
	readonly doubleSlash: boolean;
	/** 0 or 1: HTTP/1.0 or HTTP/1.1. */
	readonly minor: number;
}

/** What the field lines of a request say, whatever its first line is. */
export interface RequestFields {
	readonly list: readonly Field[];
	readonly host: string | null;
	/** Content-Length in bytes; -1 without one. */
	readonly length: number;
	readonly chunked: boolean;
	/** The options that Connection lists, in lower case. */
	readonly connection: readonly string[];
	/** The value of Upgrade, lower case; empty without one. */
	readonly upgrade: string;
	readonly expectsContinue: boolean;
	/** All Cookie lines, joined as one; null without any. */
	readonly cookies: string | null;
	readonly origin: string | null;
	/** All CDN-Loop lines (RFC 8586), joined as one; absent without any. */
	readonly cdnLoop?: string;
}

const LINE =
	/^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~\x80-\xff]+) HTTP\/([0-9])\.([0-9])$/;
/** nginx's kernels location sends what the browser encoded as it is decoded: UTF-8. */
const BEYOND_ASCII = /[\x80-\xff]/;
/** Galaxy's own name for where its environments are (dynamic_proxy_prefix), before a query. */
const GALAXYS = /^[^?]*\/gie_proxy(?:[/?]|$)/;
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;
/** RFC 3986 3.2 without user information. An empty one is legal in Host, not in a target. */
const AUTHORITY =
	/^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::[0-9]{0,5})?$/;

/**
 * A request's first line, without CRLF (latin1).
 * @throws {Refusal} malformed, method, version
 */
export function parseRequestLine(text: string): RequestLine {
	const match = LINE.exec(text);
	if (match === null) throw new Refusal("malformed", "request line");
	const [, method, target, major, minor] = match as unknown as string[];
	if (major !== "1" || (minor !== "0" && minor !== "1"))
		throw new Refusal("version", "HTTP version");
	if (method === "CONNECT" || method === "TRACE")
		throw new Refusal("method", "method");
	return {
		method: method as string,
		...originForm(target as string),
		minor: minor === "1" ? 1 : 0,
	};
}

/** RFC 9112 3.2: origin form as it is, absolute form taken apart. Asterisk and authority form have no container to go to. */
function originForm(
	target: string,
): Pick<RequestLine, "target" | "authority" | "doubleSlash"> {
	if (target.includes("#"))
		throw new Refusal("malformed", "fragment in target");
	if (BEYOND_ASCII.test(target) && !isUtf8(Buffer.from(target, "latin1")))
		throw new Refusal("malformed", "bytes in target that are no UTF-8");
	if (target.startsWith("/")) return { ...pathOf(target), authority: null };
	const absolute = ABSOLUTE.exec(target);
	if (absolute === null) throw new Refusal("malformed", "target form");
	const [, authority = "", rest = ""] = absolute;
	if (authority === "" || !AUTHORITY.test(authority))
		throw new Refusal("malformed", "target authority");
	return { ...pathOf(rest.startsWith("/") ? rest : `/${rest}`), authority };
}

function pathOf(sent: string): Pick<RequestLine, "target" | "doubleSlash"> {
	const target = collapseSlashes(sent);
	const doubleSlash = sent.startsWith("//") && !GALAXYS.test(target);
	return { target, doubleSlash };
}

/**
 * docker-galaxy's nginx sends //gie_proxy/...; the legacy proxy collapsed slashes in the path, never in the query, and
 * left an address inside the path whole (urlJoin of http-proxy): /proxy/http://x/y.
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
 * The field lines of a request: text (latin1) from `at` up to the empty line.
 * @throws {Refusal} malformed, largeHead, transferCoding
 */
export function parseRequestFields(text: string, at: number): RequestFields {
	const list = parseFields(text, at, REQUEST_FIELD_LINES);
	let host: string | null = null;
	let length = -1;
	let coding: string | null = null;
	let cookies: string | null = null;
	let origin: string | null = null;
	let cdnLoop: string | undefined;
	let upgrade = "";
	let expectsContinue = false;
	let connection: string[] = [];
	for (const { name, value, line } of list) {
		switch (name) {
			case "host":
				if (host !== null) throw new Refusal("malformed", "two Host fields");
				if (!AUTHORITY.test(value)) throw new Refusal("malformed", "Host");
				host = value;
				break;
			case "content-length":
				if (length >= 0)
					throw new Refusal("malformed", "two Content-Length fields");
				length = parseLength(plainly(line, value));
				break;
			case "transfer-encoding":
				if (coding !== null)
					throw new Refusal("malformed", "two Transfer-Encoding fields");
				coding = plainly(line, value).toLowerCase();
				break;
			case "connection":
				connection = connection.concat(listMembers(value));
				break;
			case "upgrade":
				upgrade = upgrade === "" ? value.toLowerCase() : "several";
				break;
			case "expect":
				expectsContinue = value.toLowerCase() === "100-continue";
				break;
			case "cookie":
				cookies = cookies === null ? value : `${cookies}; ${value}`;
				break;
			case "origin":
				origin = origin === null ? value : "";
				break;
			case "cdn-loop":
				cdnLoop = cdnLoop === undefined ? value : `${cdnLoop}, ${value}`;
				break;
		}
	}
	const chunked = isChunked(coding, length);
	return {
		list,
		host,
		length,
		chunked,
		connection,
		upgrade,
		expectsContinue,
		cookies,
		origin,
		...(cdnLoop === undefined ? {} : { cdnLoop }),
	};
}

/**
 * The line goes out as it came, and who trims less than RFC 9112 5 says reads another value: for http-parser, and what
 * has it inside (httpuv), "chunked" with a tab behind it is no chunked, and the body is the next request.
 */
function plainly(line: string, value: string): string {
	if (line.includes("\t") || !line.endsWith(value))
		throw new Refusal("malformed", "white space beside a framing value");
	return value;
}

/** RFC 9110 8.6: digits only, no list, no sign; 15 digits stay exact in a number. */
function parseLength(value: string): number {
	if (!/^[0-9]{1,15}$/.test(value))
		throw new Refusal("malformed", "Content-Length");
	return Number(value);
}

function isChunked(coding: string | null, length: number): boolean {
	if (coding === null) return false;
	if (length >= 0)
		throw new Refusal("malformed", "Transfer-Encoding with Content-Length");
	if (coding === "chunked") return true;
	if (/^[a-z-]+$/.test(coding))
		throw new Refusal("transferCoding", "unknown transfer coding");
	throw new Refusal("malformed", "Transfer-Encoding");
}

/**
 * The rules that need both parts of a head (RFC 9112 3.2, 6.1).
 * @throws {Refusal} malformed
 */
export function checkRequest(line: RequestLine, fields: RequestFields): void {
	if (line.minor === 0 && fields.chunked)
		throw new Refusal("malformed", "Transfer-Encoding in HTTP/1.0");
	if (line.minor === 1 && fields.host === null)
		throw new Refusal("malformed", "no Host");
}

/**
 * Looks at a head of which only the beginning is here.
 * @param from where the bytes begin that were not looked at before
 * @throws {Refusal} malformed, longLine, largeHead
 */
export function checkPartialHead(bytes: Buffer, from: number): void {
	refuseControlBytes(bytes, from);
	const lineEnd = bytes.indexOf(10);
	checkHeadSize(bytes.length, lineEnd < 0 ? bytes.length : lineEnd);
}

/**
 * @param head bytes of the head so far
 * @param line bytes of its first line so far
 * @throws {Refusal} longLine, largeHead
 */
export function checkHeadSize(head: number, line: number): void {
	if (line > REQUEST_LINE_BYTES)
		throw new Refusal("longLine", "request line too long");
	if (head > REQUEST_HEAD_BYTES)
		throw new Refusal("largeHead", "head too large");
}
