import type { FaultCode } from "../faults.js";
import type { RequestFields, RequestLine } from "../http1/request-head.js";
import type { Route } from "../route.js";
import {
	type CorsPolicy,
	isNameHidden,
	mayUpgrade,
	type UpgradeFrom,
} from "./cors.js";

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
