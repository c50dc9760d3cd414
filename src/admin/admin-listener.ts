import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import {
	createServer,
	type RequestListener,
	type Server,
	type ServerResponse,
	STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { isIP } from "node:net";
import type { AdminAddress } from "../config/flag-values.js";
import { isLoopbackName } from "../config/flag-values.js";
import { listenOnUnixSocket } from "../listening/unix-socket.js";

/** Bytes of a request head: a browser's with some cookies of the same host. */
const HEAD_BYTES = 16 * 1024;
/** Milliseconds for a request to arrive, head and all. */
const REQUEST_MS = 2_000;
/** Milliseconds that an idle connection is kept: the status page asks every second, Prometheus is let go. */
const IDLE_MS = 5_000;
/** Milliseconds in which a client that is answered must take some of it. */
const STALLED_MS = 10_000;
/** Milliseconds between two looks for requests that are late. */
const LOOK_MS = 500;
/** Connections at a time: a few browsers and scrapers, out of the descriptors that clients leave over. More are closed. */
const CONNECTIONS = 16;

/** On every answer: what is here belongs to nobody else's page, and is old at once. */
const HEADERS = {
	"Cache-Control": "no-store",
	"X-Content-Type-Options": "nosniff",
	"Content-Security-Policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy": "no-referrer",
} as const;

export interface Reply {
	readonly status: number;
	/** With its charset. */
	readonly type: string;
	readonly body: string | Buffer;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface AdminListener {
	/** Of its TCP listeners. */
	readonly at: readonly { address: string; port: number }[];
	/** Ends it at once, with its connections. */
	close(): void;
}

/**
 * Opens the admin listener: one for "localhost" on 127.0.0.1 and ::1 each, whichever exist.
 * @throws the system's error (EADDRINUSE, EACCES, ...), or one that says what to do
 */
export async function openAdminListener(
	address: AdminAddress,
	onRequest: RequestListener,
): Promise<AdminListener> {
	const servers: Server[] = [];
	const at: { address: string; port: number }[] = [];
	const close = () => {
		for (const server of servers) {
			server.close();
			server.closeAllConnections();
		}
	};
	async function open(host: string, port: number): Promise<void> {
		const server = serverFor(onRequest);
		server.listen({ host, port });
		await once(server, "listening");
		servers.push(server);
		const { address, port: bound } = server.address() as AddressInfo;
		at.push({ address, port: bound });
	}
	if (address.kind === "unix") {
		const server = serverFor(onRequest);
		await listenOnUnixSocket(server, address.path);
		servers.push(server);
	} else if (address.host === "localhost") {
		await open("127.0.0.1", address.port);
		await open("::1", at[0]?.port ?? 0).catch((error) => {
			if (/^(EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(error.code)) return;
			close();
			throw error;
		});
	} else await open(address.host, address.port);
	return { at, close };
}

/** Sends the one answer of a request, without its body to HEAD. */
export function send(response: ServerResponse, reply: Reply): void {
	response.writeHead(reply.status, {
		...HEADERS,
		"Content-Type": reply.type,
		"Content-Length": Buffer.byteLength(reply.body),
		...reply.headers,
	});
	response.end(reply.body);
}

function serverFor(onRequest: RequestListener): Server {
	const server = createServer({
		maxHeaderSize: HEAD_BYTES,
		headersTimeout: REQUEST_MS,
		requestTimeout: REQUEST_MS,
		connectionsCheckingInterval: LOOK_MS,
		keepAliveTimeout: IDLE_MS,
	});
	server.maxConnections = CONNECTIONS;
	server.setTimeout(STALLED_MS);
	server.on("request", onRequest);
	server.on("clientError", refuseUnread);
	server.on("error", acceptFailed);
	return server;
}

/** Without a listener an accept that fails for want of memory would end the daemon. Who listens once hears of it all the same. */
function acceptFailed(): void {}

const UNREAD: Readonly<Record<string, number>> = {
	HPE_HEADER_OVERFLOW: 431,
	ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** A request that Node's parser did not take, or that came too slowly. The connection ends. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
	// Behind a byte of an answer these bytes would be taken for more of it.
	if (!socket.writable || socket.bytesWritten > 0) {
		socket.destroy();
		return;
	}
	const status = UNREAD[error.code ?? ""] ?? 400;
	const fields = Object.entries({ ...HEADERS, Connection: "close" });
	socket.end(
		`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields
			.map(([name, value]) => `${name}: ${value}\r\n`)
			.join("")}Content-Length: 0\r\n\r\n`,
		() => socket.destroy(),
	);
}

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
