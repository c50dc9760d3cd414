import {
	type Field,
	listMembers,
	NO_FIELDS,
	trimWhiteSpace,
} from "../http1/fields.js";
import {
	connectionLine,
	type ResponseForm,
	type ResponseHead,
} from "../http1/response-head.js";
import type { CorsGrant } from "./admission.js";
import { corsLines } from "./admission.js";
import { Boundary, WORKER_SCOPE } from "./boundary.js";

/** What the flags say about a response's fields. */
export interface ResponseRules {
	/** The session cookie's name: a container must not set it. */
	readonly cookie: string;
	/** --reverseProxy: a Location at http://localhost becomes its path. */
	readonly reverseProxy: boolean;
	/** The default table where the flags say nothing. */
	readonly boundary?: Boundary;
}

/** What of its request shows in a response. */
export interface ResponseTo {
	readonly grant: CorsGrant | null;
	/** Below what the container is on Galaxy's origin: "/galaxy/gie_proxy", empty where that is not known. */
	readonly ownPath: string;
}

const DEFAULT_BOUNDARY = new Boundary({
	cookie: "",
	forwardSessionCookie: true,
});

const CHUNKED = "Transfer-Encoding: chunked\r\n";

/** A final response's head as it goes to the client. A container that repeats a head gets the same bytes again. */
export function outResponse(
	head: ResponseHead,
	form: ResponseForm,
	rules: ResponseRules,
	to: ResponseTo,
): Buffer {
	const { chunked, persistent, minor } = form;
	const origin = to.grant?.origin;
	const { sent } = head;
	if (
		sent !== null &&
		sent.origin === origin &&
		sent.chunked === chunked &&
		sent.persistent === persistent &&
		sent.minor === minor
	)
		return sent.bytes;
	const framing = chunked ? CHUNKED : "";
	const text = `${responseLines(head, to.grant, rules, to)}${framing}${connectionLine(persistent, minor)}\r\n`;
	const bytes = Buffer.from(text, "latin1");
	// Whether a worker's scope passes depends on the path too.
	if (!head.fields.some(({ name }) => name === WORKER_SCOPE))
		head.sent = { origin, chunked, persistent, minor, bytes };
	return bytes;
}

/** The status line and the fields that go to the client, without those of framing and connection; no empty line yet. */
export function responseLines(
	head: ResponseHead,
	grant: CorsGrant | null,
	rules: ResponseRules,
	{ ownPath }: Pick<ResponseTo, "ownPath"> = { ownPath: "" },
): string {
	const boundary = rules.boundary ?? DEFAULT_BOUNDARY;
	let out = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
	for (const field of head.fields)
		if (maySay(field, boundary, ownPath))
			out += fieldLine(field, head.status, grant, rules);
	if (grant === null) return out;
	out += corsLines(grant);
	return grant.origin === null || variesByOrigin(head)
		? out
		: `${out}Vary: Origin\r\n`;
}

/** The fields that command a front proxy, and do not pass. */
export function commandsIn(
	fields: readonly Field[],
	{ boundary = DEFAULT_BOUNDARY }: ResponseRules,
): readonly Field[] {
	const commands = fields.filter(({ name }) => boundary.isCommand(name));
	return commands.length === 0 ? NO_FIELDS : commands;
}

/** Whether a container may say it on Galaxy's origin. */
function maySay(
	{ name, value }: Field,
	boundary: Boundary,
	ownPath: string,
): boolean {
	if (boundary.isCommand(name)) return false;
	if (!boundary.isPolicy(name)) return true;
	return name === WORKER_SCOPE && isBelow(value, ownPath);
}

/** Whether a scope is a path below another: as a browser resolves it, dots and all. */
function isBelow(scope: string, path: string): boolean {
	if (path === "" || !scope.startsWith("/") || !URL.canParse(scope, HERE))
		return false;
	const { origin, pathname } = new URL(scope, HERE);
	return origin === HERE && pathname.startsWith(`${path}/`);
}

const HERE = "http://localhost";

function fieldLine(
	field: Field,
	status: number,
	grant: CorsGrant | null,
	rules: ResponseRules,
): string {
	const asSent = `${field.line}\r\n`;
	switch (field.name) {
		case "set-cookie":
			return setsCookie(field.value, rules.cookie) ? "" : asSent;
		case "access-control-allow-origin":
			return grant !== null && grant.origin !== null ? "" : asSent;
		case "access-control-allow-credentials":
			return grant !== null ? "" : asSent;
		case "location": {
			if (!rules.reverseProxy || !isRedirect(status)) return asSent;
			const path = localPath(field.value);
			return path === null
				? asSent
				: `${field.line.slice(0, field.name.length)}: ${path}\r\n`;
		}
		default:
			return asSent;
	}
}

/**
 * Whether a Set-Cookie makes a browser send a cookie that some server takes for the one of this name. A pair without a
 * name sends its value as if it were a pair (RFC 6265bis 5.6), and WebOb, which Galaxy uses, finds a pair behind any
 * character that no name may have, within a value too.
 */
function setsCookie(value: string, name: string): boolean {
	const [pair = ""] = value.split(";", 1);
	for (let at = pair.indexOf(name); at >= 0; at = pair.indexOf(name, at + 1)) {
		const before = pair.slice(0, at);
		const behind = trimWhiteSpace(pair.slice(at + name.length));
		const isFirst = /^[=\t ]*$/.test(before);
		if (isFirst && (behind === "" || behind.startsWith("="))) return true;
		if (/[^\w!#$%&'*+\-.^`|~=]$/.test(before) && behind.startsWith("="))
			return true;
	}
	return false;
}

function isRedirect(status: number): boolean {
	return (
		status === 301 ||
		status === 302 ||
		status === 303 ||
		status === 307 ||
		status === 308
	);
}

/**
 * Path and query of an address at localhost without a port; null for every other. Its leading slashes become one: two
 * would name another host (RFC 3986 4.2), and a browser reads a backslash as a slash and takes tabs out.
 */
function localPath(location: string): string | null {
	const rest = /^(?:https?:)?\/\/localhost(?=[/\\?#]|$)(.*)$/i.exec(
		location,
	)?.[1];
	if (rest === undefined) return null;
	return `/${rest.replace(/^[/\\\t]+/, "")}`;
}

function variesByOrigin(head: ResponseHead): boolean {
	return head.fields.some(
		({ name, value }) =>
			name === "vary" &&
			listMembers(value).some(
				(member) => member === "*" || member === "origin",
			),
	);
}
