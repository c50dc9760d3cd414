import { type Field, listMembers, NO_FIELDS } from "../http1/fields.js";
import type { RequestFields } from "../http1/request-head.js";
import { connectionLine, type ResponseHead } from "../http1/response-head.js";
import { type CorsGrant, corsLines } from "./admission.js";
import { type Boundary, coversSubdomains, WORKER_SCOPE } from "./boundary.js";
import { confinedCookie, setsCookie, type ToolPath } from "./set-cookie.js";

/** The flags that decide which fields a client gets. */
export interface ResponseRules {
	/** --reverseProxy: a Location at http://localhost becomes its path. */
	readonly reverseProxy: boolean;
	readonly boundary: Boundary;
	/** Whether cookies that a tool by path sets are confined to that path; absent is keep. */
	readonly cookiePaths?: "confine" | "keep";
	/** The Referrer-Policy of tools by domain that send none; empty adds none. */
	readonly referrerPolicy?: string;
}

/** The tool that a request names: by host, or by a path on Galaxy's origin. */
export interface AskedTool extends ToolPath {
	readonly by: "path" | "host";
}

/** A container's place among the origins of a browser. */
export interface Place {
	/** The container's own path on Galaxy's origin, e.g. "/galaxy/gie_proxy"; empty if unknown. */
	readonly ownPath: string;
	/** Undefined for environments. */
	readonly tool?: AskedTool | undefined;
}

/** The properties of a request that affect its response. */
export interface ResponseTo extends Place {
	readonly grant: CorsGrant | undefined;
}

/** The framing that a client gets. */
export interface ResponseForm {
	readonly chunked: boolean;
	readonly persistent: boolean;
	/** 0 or 1: the client's HTTP version. */
	readonly minor: number;
}

/** The results that a repeated head reuses. */
export interface DerivedHead {
	/** The fields that command a front proxy, and do not pass. */
	readonly commands: readonly Field[];
	/** The head as the last client got it. */
	sent?: ResponseForm & {
		readonly grant: CorsGrant | undefined;
		readonly tool: AskedTool | undefined;
		readonly bytes: Buffer;
	};
}

export type ContainerHead = ResponseHead<DerivedHead>;

const CHUNKED = "Transfer-Encoding: chunked\r\n";

/** A final response's head as the client gets it. */
export function clientHead(
	head: ContainerHead,
	form: ResponseForm,
	rules: ResponseRules,
	to: ResponseTo,
): Buffer {
	const { chunked, persistent, minor } = form;
	const { grant, tool } = to;
	const sent = head.derived?.sent;
	if (
		sent !== undefined &&
		isSameGrant(sent.grant, grant) &&
		isSameTool(sent.tool, tool) &&
		sent.chunked === chunked &&
		sent.persistent === persistent &&
		sent.minor === minor
	)
		return sent.bytes;
	const framing = chunked ? CHUNKED : "";
	const text = `${clientLines(head, grant, rules, to)}${framing}${connectionLine(persistent, minor)}\r\n`;
	const bytes = Buffer.from(text, "latin1");
	// Whether a worker's scope passes also depends on an environment's path.
	if (tool || !head.fields.some(({ name }) => name === WORKER_SCOPE))
		deriveFrom(head, rules).sent = { ...form, grant, tool, bytes };
	return bytes;
}

function isSameTool(one?: AskedTool, other?: AskedTool): boolean {
	if (one === other) return true;
	return one?.by === other?.by && one?.asked === other?.asked;
}

function isSameGrant(one?: CorsGrant, other?: CorsGrant): boolean {
	if (one === undefined || other === undefined) return one === other;
	return one.origin === other.origin;
}

/** The status line and the client's fields, without framing, Connection and the empty line. */
export function clientLines(
	head: ResponseHead,
	grant: CorsGrant | undefined,
	rules: ResponseRules,
	place: Place,
): string {
	let out = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
	for (const field of head.fields) {
		if (!mayPass(field, rules.boundary, place)) continue;
		out +=
			field.name === "set-cookie"
				? cookieLine(field, rules, place.tool)
				: fieldLine(field, head.status, grant, rules);
	}
	if (place.tool?.by === "host") out += referrerLine(head, rules);
	if (grant === undefined) return out;
	out += corsLines(grant);
	return grant.origin === undefined || variesByOrigin(head)
		? out
		: `${out}Vary: Origin\r\n`;
}

/** Works out once what a repeated head reuses. */
export function deriveFrom(
	head: ContainerHead,
	{ boundary }: ResponseRules,
): DerivedHead {
	head.derived ??= { commands: commandsIn(head.fields, boundary) };
	return head.derived;
}

export function commandsIn(
	fields: readonly Field[],
	boundary: Boundary,
): readonly Field[] {
	const commands = fields.filter(({ name }) => boundary.isCommand(name));
	return commands.length === 0 ? NO_FIELDS : commands;
}

/** Whether a container may send the field on its origin, which is Galaxy's unless a tool is reached by host. */
function mayPass(field: Field, boundary: Boundary, place: Place): boolean {
	const { name, value } = field;
	if (boundary.isCommand(name)) return false;
	if (!boundary.isPolicy(name)) return true;
	if (place.tool?.by === "host") return !coversSubdomains(field);
	return name === WORKER_SCOPE && isScopeBelow(value, place.ownPath);
}

/**
 * By default browsers send a page's origin with its requests to others, and a tool's token stands in the name of its host.
 * An answer without content changes nothing: the browser has the fields of an earlier one.
 */
function referrerLine(
	{ status, fields }: ResponseHead,
	{ referrerPolicy = "" }: ResponseRules,
): string {
	if (referrerPolicy === "" || status < 200 || status === 304) return "";
	const isSent = ({ name, value }: Field) =>
		name === "referrer-policy" && value !== "";
	return fields.some(isSent) ? "" : `Referrer-Policy: ${referrerPolicy}\r\n`;
}

const ANY_ORIGIN = "http://localhost";

/** Whether a scope, resolved as a browser does (dot segments included), is a path below another. */
function isScopeBelow(scope: string, path: string): boolean {
	if (path === "" || !scope.startsWith("/")) return false;
	if (!URL.canParse(scope, ANY_ORIGIN)) return false;
	const { origin, pathname } = new URL(scope, ANY_ORIGIN);
	return origin === ANY_ORIGIN && pathname.startsWith(`${path}/`);
}

function cookieLine(
	{ value, line }: Field,
	{ boundary, cookiePaths }: ResponseRules,
	tool: AskedTool | undefined,
): string {
	if (boundary.sessionCookies.some((name) => setsCookie(value, name)))
		return "";
	if (cookiePaths !== "confine" || !tool?.asked) return `${line}\r\n`;
	return `${confinedCookie(line, tool)}\r\n`;
}

function fieldLine(
	{ name, value, line }: Field,
	status: number,
	grant: CorsGrant | undefined,
	rules: ResponseRules,
): string {
	const asSent = `${line}\r\n`;
	switch (name) {
		case "access-control-allow-origin":
			return grant?.origin === undefined ? asSent : "";
		case "access-control-allow-credentials":
			return grant === undefined ? asSent : "";
		case "location": {
			if (!rules.reverseProxy || !isRedirect(status)) return asSent;
			const path = localPath(value);
			if (path === undefined) return asSent;
			return `${line.slice(0, name.length)}: ${path}\r\n`;
		}
		default:
			return asSent;
	}
}

function isRedirect(status: number): boolean {
	return [301, 302, 303, 307, 308].includes(status);
}

/**
 * Path and query of an address at localhost without a port. Its leading slashes become one: two would name another host
 * (RFC 3986 4.2), and browsers read a backslash as a slash and remove tabs.
 */
function localPath(location: string): string | undefined {
	const rest = /^(?:https?:)?\/\/localhost(?=[/\\?#]|$)(.*)$/i.exec(
		location,
	)?.[1];
	return rest === undefined ? undefined : `/${rest.replace(/^[/\\\t]+/, "")}`;
}

function variesByOrigin(head: ResponseHead): boolean {
	return head.fields
		.filter(({ name }) => name === "vary")
		.flatMap(({ value }) => listMembers(value))
		.some((member) => member === "*" || member === "origin");
}

/**
 * Whether a request came through a front proxy: then a 103 must not pass, because nginx takes it for the final response.
 * The nginx block in Galaxy's documentation sends `Connection: upgrade` with every request to kernels, with or without
 * Upgrade.
 */
export function isBehindFrontProxy(fields: RequestFields): boolean {
	if (fields.connection.includes("upgrade") && fields.upgrade === "")
		return true;
	return fields.list.some(({ name }) =>
		["x-forwarded-for", "via", "x-real-ip"].includes(name),
	);
}
