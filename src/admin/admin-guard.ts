import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isLoopbackName } from "../config/flag-values.js";

/** Why a request to the admin listener is not answered. */
export interface Refusal {
	readonly status: number;
	/** With what to do. */
	readonly text: string;
	readonly headers?: Readonly<Record<string, string>>;
}

const FOREIGN_HOST: Refusal = {
	status: 403,
	text: "This Host is not served here: use localhost, or the name or address of --admin.\n",
};
const NO_TOKEN: Refusal = {
	status: 401,
	text: "The admin token is missing or wrong: send it as Authorization: Bearer TOKEN, or as the password of Basic.\n",
	// Basic, because a browser asks for it by itself and keeps it to this origin.
	headers: { "WWW-Authenticate": 'Basic realm="galaxy-proxy admin"' },
};
const WRONG_METHOD: Refusal = {
	status: 405,
	text: "Only GET and HEAD are served here.\n",
	headers: { Allow: "GET, HEAD" },
};
const WITH_BODY: Refusal = {
	status: 413,
	text: "Requests with a body are not taken here.\n",
};

/** Decides who may read: null, or why not. */
export type Guard = (request: IncomingMessage) => Refusal | null;

/**
 * Containers on the host's network and pages in an admin's browser (DNS rebinding) reach a loopback listener too. A page
 * cannot choose Host, so only names that are surely ours are served. name: the host of --admin, empty for a unix socket.
 */
export function guardOf(name: string, token: string | null): Guard {
	const wanted = token === null ? null : digest(token);
	return (request) => {
		if (!isOurs(request, name)) return FOREIGN_HOST;
		if (wanted !== null && !timingSafeEqual(digest(tokenOf(request)), wanted))
			return NO_TOKEN;
		if (request.method !== "GET" && request.method !== "HEAD")
			return WRONG_METHOD;
		return hasBody(request) ? WITH_BODY : null;
	};
}

function isOurs(request: IncomingMessage, name: string): boolean {
	const [host, ...more] = request.headersDistinct.host ?? [];
	if (host === undefined || more.length > 0) return false;
	const given = /^(\[[\da-f:.]+\]|[^:[\]]+)(:\d+)?$/i.exec(host)?.[1];
	if (given === undefined) return false;
	const bare = given.replace(/^\[|\]$/g, "").toLowerCase();
	if (isLoopbackName(bare) || bare === name.toLowerCase()) return true;
	// The address at which it arrived, for listeners on 0.0.0.0 and ::. A rebound page knows itself by a name.
	const arrived = request.socket.localAddress?.replace(/^::ffff:/, "");
	return isIP(bare) !== 0 && bare === arrived;
}

/** Of Bearer, or the password of Basic; empty where there is none. */
function tokenOf({ headers }: IncomingMessage): string {
	const [, scheme = "", value = ""] =
		/^(\w+) +(\S+)$/.exec(headers.authorization ?? "") ?? [];
	if (/^bearer$/i.test(scheme)) return value;
	if (!/^basic$/i.test(scheme)) return "";
	const pair = Buffer.from(value, "base64").toString();
	return pair.slice(pair.indexOf(":") + 1);
}

/** Of equal length for all texts, so that comparing tells nothing. */
function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}

function hasBody({ headers }: IncomingMessage): boolean {
	const length = headers["content-length"];
	return (
		headers["transfer-encoding"] !== undefined ||
		(length !== undefined && length !== "0")
	);
}
