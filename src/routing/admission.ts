import type { FaultCode } from "../faults.js";
import { type Field, listMembers } from "../http1/fields.js";
import type { RequestFields, RequestLine } from "../http1/request-head.js";
import type { Mode } from "../mode.js";
import type { Route } from "../route.js";
import { looksLikeTool } from "./entry-point.js";
import type { Named } from "./scheme.js";

/** The flags that decide which requests are admitted. */
export interface AccessRules {
	/** undecided: no map has shown yet which of them it is; then all requests wait for one. */
	readonly mode: Mode | "undecided";
	/** "" or a path without a slash at its end. For environments. */
	readonly proxyPrefix: string;
	/** In the same form, for tools. */
	readonly proxyPathPrefix: string;
	/** Whether this is the inner end of a double proxy. */
	readonly isInner?: boolean;
	/** off: tools are reached by path alone. */
	readonly domainTools?: "on" | "off";
	readonly cors: CorsPolicy;
	/** Identifies requests that this daemon itself has sent (RFC 8586). */
	readonly loopId?: string;
}

/** A valid request head. */
export interface ParsedRequest {
	readonly line: RequestLine;
	readonly block: { readonly fields: RequestFields };
	readonly named: Named;
}

/** Why a request must not reach the session map, if there is a reason. One decision for HTTP and for upgrades. */
export function checkAdmission(
	request: ParsedRequest,
	isUpgrade: boolean,
	rules: AccessRules,
): FaultCode | undefined {
	const { block, named } = request;
	const { loopId } = rules;
	if (loopId !== undefined && block.fields.cdnLoop?.includes(loopId))
		return "loop";
	if (rules.mode === "undecided") return "mapUnreadable";
	if (rules.mode === "gie" && !isBelow(request.line.target, rules.proxyPrefix))
		return "outsidePrefix";
	const isHostRefused =
		rules.domainTools === "off" && named.tool?.by === "host";
	if (named.sessionKey === "" || isHostRefused)
		return unnamedIn(request, rules);
	if (isUpgrade && !mayUpgrade(rules.cors, upgradeOriginOf(request)))
		return "foreignOrigin";
	return undefined;
}

/** The answer for a request that names no session. */
function unnamedIn(
	{ line }: ParsedRequest,
	{ mode, proxyPathPrefix, isInner }: AccessRules,
): FaultCode {
	if (mode === "gie") return "noSession";
	if (isInner) return "notForwarded";
	const isPrefixMissing = proxyPathPrefix === "" && looksLikeTool(line.target);
	return isPrefixMissing ? "noPathPrefix" : "noTool";
}

/** Whether an upgrade was admitted only because a front proxy hides the host name that the client asked for. */
export function isOriginUnverified(
	request: ParsedRequest,
	rules: AccessRules,
): boolean {
	const upgrade = upgradeOriginOf(request);
	return (
		rules.cors === "same-host" &&
		upgrade.origin !== undefined &&
		isNameHidden(upgrade) &&
		!mayUpgrade("same-host", { ...upgrade, forwardedHost: "" })
	);
}

function upgradeOriginOf({ line, block }: ParsedRequest): UpgradeOrigin {
	const { origin, host, list } = block.fields;
	const forwarded = list
		.filter(({ name }) => name === "x-forwarded-host")
		.map(({ value }) => value);
	return {
		origin,
		host: line.authority ?? host,
		forwardedHost: forwarded.length === 0 ? undefined : forwarded.join(),
	};
}

/** Compares without decoding, at a segment boundary: /gie_proxyx is not below /gie_proxy. */
function isBelow(target: string, prefix: string): boolean {
	if (prefix === "") return true;
	if (!target.startsWith(prefix)) return false;
	const next = target[prefix.length];
	return next === undefined || next === "/" || next === "?";
}

/** The answer for a route without a target. */
export function faultOf(
	kind: Exclude<Route["kind"], "target">,
	mode: AccessRules["mode"],
): FaultCode {
	switch (kind) {
		case "unknown":
			return mode === "gxit" ? "noTool" : "noSession";
		case "not-ready":
			return mode === "gxit" ? "toolNotReady" : "notReady";
		case "elsewhere":
			return "elsewhere";
		case "ended":
			return "ended";
		case "contested":
			return "contested";
		case "unreadable":
			return "mapUnreadable";
	}
}

/**
 * Whether this is an upgrade that becomes a tunnel: GET, no body, and websocket among the protocols. Other upgrades are
 * dropped: the request is passed on without them. In HTTP/1.0 upgrades are ignored (RFC 9110 7.8), except a WebSocket's
 * handshake with its own fields: nginx without proxy_http_version 1.1 sends one so.
 */
export function isWebSocket(line: RequestLine, fields: RequestFields): boolean {
	return (
		fields.connection.includes("upgrade") &&
		line.method === "GET" &&
		!fields.chunked &&
		fields.length <= 0 &&
		listMembers(fields.upgrade).includes("websocket") &&
		(line.minor === 1 || HANDSHAKE.every((name) => has(name, fields.list)))
	);
}

/** Every WebSocket handshake has these fields (RFC 6455 4.1). */
const HANDSHAKE = ["sec-websocket-key", "sec-websocket-version"];

function has(wanted: string, list: readonly Field[]): boolean {
	return list.some(({ name, value }) => name === wanted && value !== "");
}

/** Which origins may read responses: --cors. A list contains origins as browsers send them, in lower case. */
export type CorsPolicy = "same-host" | "any" | "none" | readonly string[];

/** The CORS permission that is added to one response (Fetch standard, 3.2). */
export interface CorsGrant {
	/** Undefined: credentials are allowed but no origin is named, as in the legacy for requests without Origin. */
	readonly origin: string | undefined;
}

/** @returns undefined if the container's own CORS fields pass unchanged */
export function grantOf(
	policy: CorsPolicy,
	origin: string | undefined,
	host: string | undefined,
): CorsGrant | undefined {
	if (policy === "none") return undefined;
	if (policy === "any") return { origin: origin || undefined };
	if (origin === undefined || origin === "") return undefined;
	const isAllowed =
		policy === "same-host"
			? isSameHost(afterScheme(origin), host)
			: policy.includes(origin.toLowerCase());
	return isAllowed ? { origin } : undefined;
}

/** The fields of an upgrade that name its page's origin and the host that it asks for. */
export interface UpgradeOrigin {
	readonly origin: string | undefined;
	readonly host: string | undefined;
	/** X-Forwarded-Host: pages cannot send it, so it is the host that a front proxy was asked for. */
	readonly forwardedHost: string | undefined;
}

/**
 * Whether a page of this origin may open a WebSocket. WebSockets know no CORS, and browsers send cookies with them from
 * any page of the same site, which includes the tools of other users. Programs send no Origin and may.
 */
export function mayUpgrade(
	policy: CorsPolicy,
	upgrade: UpgradeOrigin,
): boolean {
	const { origin, host, forwardedHost } = upgrade;
	if (origin === undefined || policy === "any" || policy === "none")
		return true;
	if (policy !== "same-host") return policy.includes(origin.toLowerCase());
	const authority = afterScheme(origin);
	if (isSameHost(authority, host)) return true;
	const forwarded = forwardedHost?.split(",").map((name) => name.trim()) ?? [];
	if (forwarded.some((name) => isSameHost(authority, name))) return true;
	return isNameHidden(upgrade);
}

/** Whether a front proxy on this machine hides the host name that it was asked for, so that the origin cannot be checked. */
export function isNameHidden({ host, forwardedHost }: UpgradeOrigin): boolean {
	if (forwardedHost !== undefined) return false;
	const name = host === undefined ? undefined : hostName(host);
	return (
		name === undefined ||
		name === "localhost" ||
		name === "[::1]" ||
		/^127(\.\d{1,3}){3}$/.test(name)
	);
}

/** The ports of a page's origin and of Host, each "" if there is none. */
export interface Ports {
	readonly origin: string;
	readonly host: string;
}

/** The two ports if they are all that differs between the origin and Host, as after a front proxy that changes Host. */
export function differingPorts({
	line,
	block,
}: ParsedRequest): Ports | undefined {
	const { origin = "", host = "" } = block.fields;
	const [, page, pagePort = ""] = partsOf(afterScheme(origin));
	const [, asked, askedPort = ""] = partsOf(line.authority ?? host);
	if (page === undefined || page.toLowerCase() !== asked?.toLowerCase())
		return undefined;
	if (pagePort === askedPort) return undefined;
	return { origin: pagePort, host: askedPort };
}

/** The lines that a grant adds, without Vary. */
export function corsLines(grant: CorsGrant): string {
	const credentials = "Access-Control-Allow-Credentials: true\r\n";
	return grant.origin === undefined
		? credentials
		: `Access-Control-Allow-Origin: ${grant.origin}\r\n${credentials}`;
}

function afterScheme(origin: string): string {
	const at = origin.indexOf("://");
	return at < 0 ? "" : origin.slice(at + 3);
}

/** An authority's host in lower case, without port; IPv6 addresses keep their brackets. */
function hostName(authority: string): string | undefined {
	const [, name] = partsOf(authority);
	return name?.toLowerCase();
}

/** The whole, the host and the port of an authority; empty if it is none. */
function partsOf(authority: string): readonly (string | undefined)[] {
	return /^(\[[^\]]*\]|[^:/]+)(?::([0-9]*))?$/.exec(authority) ?? [];
}

function isSameHost(authority: string, host: string | undefined): boolean {
	const name = hostName(authority);
	return name !== undefined && host !== undefined && name === hostName(host);
}
