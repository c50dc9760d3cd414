import type { FaultCode } from "../faults.js";
import type { RequestFields, RequestLine } from "../http1/request-head.js";
import type { Route } from "../route.js";

/** What the flags say about who may ask for what. */
export interface AccessRules {
	/** "" or a path without a slash at its end. */
	readonly proxyPrefix: string;
	readonly cors: CorsPolicy;
	/** By which this daemon knows its own requests again; absent where it does not. */
	readonly loopId?: string;
}

/** A request whose head is good, as far as a decision needs it. */
export interface Asking {
	readonly line: RequestLine;
	readonly block: {
		readonly fields: RequestFields;
		readonly sessionKey: string;
	};
}

/** Whether a request may go on to the session map: one decision for HTTP and for upgrades. Null: it may. */
export function refusalOf(
	{ line, block }: Asking,
	upgrade: boolean,
	rules: AccessRules,
): FaultCode | null {
	const { loopId } = rules;
	if (loopId !== undefined && block.fields.cdnLoop?.includes(loopId))
		return "loop";
	const inside = isInside(line.target, rules.proxyPrefix);
	if (line.doubleSlash && (!inside || rules.proxyPrefix === ""))
		return "doubleSlash";
	if (!inside) return "outsidePrefix";
	if (block.sessionKey === "") return "noSession";
	if (upgrade && !mayUpgrade(rules.cors, upgradeFrom({ line, block })))
		return "foreignOrigin";
	return null;
}

/** What a request says of its page and of the name that was asked for. */
export function upgradeFrom({ line, block }: Asking): UpgradeFrom {
	const { origin, host, list } = block.fields;
	const forwarded = list
		.filter(({ name }) => name === "x-forwarded-host")
		.map(({ value }) => value);
	return {
		origin,
		host: line.authority ?? host,
		forwardedHost: forwarded.length === 0 ? null : forwarded.join(),
	};
}

/** Whether an upgrade passed only because a front proxy hides the name that was asked for. */
export function isUnjudged(asking: Asking, rules: AccessRules): boolean {
	const from = upgradeFrom(asking);
	return (
		rules.cors === "same-host" &&
		from.origin !== null &&
		isNameHidden(from) &&
		!mayUpgrade("same-host", { ...from, forwardedHost: "" })
	);
}

/** Compared undecoded, on a segment border: /gie_proxyx is not inside /gie_proxy. */
function isInside(target: string, prefix: string): boolean {
	if (prefix === "") return true;
	if (!target.startsWith(prefix)) return false;
	const next = target[prefix.length];
	return next === undefined || next === "/" || next === "?";
}

/** What a route that leads nowhere is answered. */
export function faultOf(kind: Exclude<Route["kind"], "target">): FaultCode {
	switch (kind) {
		case "unknown":
			return "noSession";
		case "not-ready":
			return "notReady";
		case "ended":
			return "ended";
		case "contested":
			return "contested";
		case "unreadable":
			return "mapUnreadable";
	}
}

/**
 * Whether this is an upgrade that becomes a tunnel: GET, HTTP/1.1, no body, websocket. Any other upgrade is dropped and
 * the request goes on as a plain one.
 */
export function isWebSocket(line: RequestLine, fields: RequestFields): boolean {
	return (
		fields.upgrade === "websocket" &&
		fields.connection.includes("upgrade") &&
		line.method === "GET" &&
		line.minor === 1 &&
		!fields.chunked &&
		fields.length <= 0
	);
}

/** Whether the client wants its connection kept (RFC 9112 9.3). */
export function wantsKeepAlive(
	line: RequestLine,
	fields: RequestFields,
): boolean {
	if (fields.connection.includes("close")) return false;
	return line.minor === 1 || fields.connection.includes("keep-alive");
}

/**
 * Whether a front proxy shows: then a 103 must not pass, since nginx takes it for the final answer. The seed's kernels
 * location sends `Connection: upgrade` without Upgrade on every request.
 */
export function isBehindFront(fields: RequestFields): boolean {
	if (fields.connection.includes("upgrade") && fields.upgrade === "")
		return true;
	return fields.list.some(
		({ name }) =>
			name === "x-forwarded-for" || name === "via" || name === "x-real-ip",
	);
}

/** Whether a request may be sent twice (RFC 9110 9.2.2), its body aside. */
export function isRepeatable(method: string): boolean {
	return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/** Which origins may read answers: --cors. A list holds origins as browsers send them, in lower case. */
export type CorsPolicy = "same-host" | "any" | "none" | readonly string[];

/** What CORS adds to one answer (Fetch standard, 3.2). */
export interface CorsGrant {
	/** Null: credentials are allowed but no origin is named, as the legacy did without an Origin. */
	readonly origin: string | null;
}

/**
 * @param origin the request's Origin, null without one
 * @param host the request's Host, null without one
 * @returns null where the container's own fields pass unchanged
 */
export function grantOf(
	policy: CorsPolicy,
	origin: string | null,
	host: string | null,
): CorsGrant | null {
	if (policy === "none") return null;
	if (policy === "any") return { origin: origin || null };
	if (origin === null || origin === "") return null;
	const allowed =
		policy === "same-host"
			? isSameHost(afterScheme(origin), host)
			: policy.includes(origin.toLowerCase());
	return allowed ? { origin } : null;
}

/** What an upgrade says of where it comes from and goes to; null where it does not. */
export interface UpgradeFrom {
	readonly origin: string | null;
	readonly host: string | null;
	/** X-Forwarded-Host: a browser's page cannot send it, so that it is what a front proxy was asked for. */
	readonly forwardedHost: string | null;
}

/**
 * Whether a page of this origin may open a WebSocket: they know no CORS, and browsers send cookies with them from any
 * page of the same site, which other users' tools are. Programs, which send no Origin, may.
 */
export function mayUpgrade(policy: CorsPolicy, from: UpgradeFrom): boolean {
	const { origin, host, forwardedHost } = from;
	if (origin === null || policy === "any" || policy === "none") return true;
	if (policy !== "same-host") return policy.includes(origin.toLowerCase());
	const authority = afterScheme(origin);
	if (isSameHost(authority, host)) return true;
	const asked = forwardedHost?.split(",").map((name) => name.trim()) ?? [];
	if (asked.some((name) => isSameHost(authority, name))) return true;
	return isNameHidden(from);
}

/** Whether a front proxy on this machine hides what it was asked for, so that the origin cannot be judged. */
export function isNameHidden({ host, forwardedHost }: UpgradeFrom): boolean {
	if (forwardedHost !== null) return false;
	const name = host === null ? null : hostName(host);
	return (
		name === null ||
		name === "localhost" ||
		name === "[::1]" ||
		/^127(\.\d{1,3}){3}$/.test(name)
	);
}

/** The lines that a grant adds, without Vary. */
export function corsLines(grant: CorsGrant): string {
	const credentials = "Access-Control-Allow-Credentials: true\r\n";
	return grant.origin === null
		? credentials
		: `Access-Control-Allow-Origin: ${grant.origin}\r\n${credentials}`;
}

function afterScheme(origin: string): string {
	const at = origin.indexOf("://");
	return at < 0 ? "" : origin.slice(at + 3);
}

/** An authority's host in lower case, without port; IPv6 literals keep their brackets. */
function hostName(authority: string): string | null {
	const name = /^(\[[^\]]*\]|[^:/]+)(?::[0-9]*)?$/.exec(authority)?.[1];
	return name === undefined ? null : name.toLowerCase();
}

function isSameHost(authority: string, host: string | null): boolean {
	const name = hostName(authority);
	return name !== null && host !== null && name === hostName(host);
}
