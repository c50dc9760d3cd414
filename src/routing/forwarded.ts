import { createHmac, timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Field } from "../http1/fields.js";
import type { RequestLine } from "../http1/request-head.js";
import { forwardedSession, type Target } from "../route.js";
import { toolOfHost } from "./entry-point.js";
import { type Named, NO_KEYS, UNNAMED } from "./scheme.js";

/**
 * The two ends of a double proxy. The outer one, which has the session map, sends each request to the inner one in the
 * containers' network, and names the container in these fields. gx-it-proxy has the first two as well.
 */
const HOST = "x-interactive-tool-host";
const PORT = "x-interactive-tool-port";
/** Seconds since 1970, a dot, and the HMAC-SHA-256 in base64url. */
const SIGNATURE = "x-interactive-tool-signature";

/** gx-it-proxy's port for a request that names none. */
const DEFAULT_PORT = 80;
/** Seconds by which a signature's time may differ from this machine's clock. */
const MOST_SECONDS = 60;

/** The lines that an outer proxy adds to a request, each with CRLF. */
export function forwardLines(
	request: Pick<RequestLine, "method" | "target">,
	to: { readonly target: Target; readonly secret: Buffer | undefined },
): string {
	const { target, secret } = to;
	const { host, port } = target;
	const lines = `X-Interactive-Tool-Host: ${host}\r\nX-Interactive-Tool-Port: ${port}\r\n`;
	if (secret === undefined) return lines;
	const time = Math.floor(Date.now() / 1000);
	const mac = macOf(target, request, time, secret);
	return `${lines}X-Interactive-Tool-Signature: ${time}.${mac.toString("base64url")}\r\n`;
}

/**
 * The target that a request to an inner proxy names: host and port in two fields, or "host:port" in the first.
 * @returns undefined if it names none, or several
 */
export function forwardedTarget(list: readonly Field[]): Target | undefined {
	const host = onlyValue(list, HOST);
	const port = onlyValue(list, PORT);
	if (host === undefined || port === undefined || host === "") return undefined;
	const named = hostAndPort(host);
	const number = port === "" ? (named.port ?? DEFAULT_PORT) : portOf(port);
	const isDouble = named.port !== undefined && named.port !== number;
	if (number === undefined || isDouble || !isHost(named.host)) return undefined;
	return { host: named.host, port: number };
}

/**
 * The session of a request to an inner proxy.
 * @param connection tells its client's connection from others
 * @param byHost what the requested host name names: without a tool, the outer proxy has found one by its path
 */
export function nameForwarded(
	{ target: rest, authority }: Pick<RequestLine, "target" | "authority">,
	list: readonly Field[],
	connection: number,
	byHost: Named,
): Named {
	const target = forwardedTarget(list);
	if (target === undefined) return UNNAMED;
	const sessionKey = forwardedSession(target, connection);
	const named = authority === undefined ? byHost : toolOfHost(authority);
	const by = named.sessionKey === "" ? "path" : "host";
	// The outer proxy alone knows the tool's path.
	const tool = { by, base: "", asked: "", lacksSlash: false } as const;
	return { sessionKey, otherKeys: NO_KEYS, tool: { ...tool, rest } };
}

/** Whether an inner proxy may obey a request; if not, the reason. */
export function signatureProblem(
	request: Pick<RequestLine, "method" | "target">,
	list: readonly Field[],
	secret: Buffer,
): string | undefined {
	const target = forwardedTarget(list);
	const value = onlyValue(list, SIGNATURE);
	const [, seconds, text = ""] =
		/^(\d{1,12})\.([\w-]{43})$/.exec(value ?? "") ?? [];
	if (target === undefined || seconds === undefined)
		return "the request is not signed";
	const time = Number(seconds);
	const mac = macOf(target, request, time, secret);
	const given = Buffer.from(text, "base64url");
	if (given.length !== mac.length || !timingSafeEqual(given, mac))
		return "the signature is wrong: the two proxies have different secrets, or something between them changes requests";
	const difference = Math.round(Date.now() / 1000 - time);
	if (Math.abs(difference) <= MOST_SECONDS) return undefined;
	return `the clocks of the two proxies differ by ${Math.abs(difference)} s: the outer one's is ${difference > 0 ? "behind" : "ahead"}`;
}

/** NUL separates the parts, which cannot contain it. */
function macOf(
	target: Target,
	{ method, target: path }: Pick<RequestLine, "method" | "target">,
	time: number,
	secret: Buffer,
): Buffer {
	const { host, port } = target;
	return createHmac("sha256", secret)
		.update([host, port, method, path, time].join("\0"), "latin1")
		.digest();
}

/** Empty without such a field; undefined if there are several. */
function onlyValue(list: readonly Field[], wanted: string): string | undefined {
	const values = list
		.filter(({ name }) => name === wanted)
		.map(({ value }) => value);
	return values.length > 1 ? undefined : (values[0] ?? "");
}

function hostAndPort(text: string): { host: string; port?: number } {
	const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
	if (isIPv6(bare)) return { host: bare };
	const [, host = text, digits] = /^(.*):(\d+)$/.exec(text) ?? [];
	const port = digits === undefined ? undefined : portOf(digits);
	const name = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
	return port === undefined ? { host: text } : { host: name, port };
}

function portOf(text: string): number | undefined {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
	return port >= 1 && port <= 65_535 ? port : undefined;
}

function isHost(host: string): boolean {
	return /^[\w.-]{1,253}$/.test(host) || isIPv6(host);
}
