import { createHash, timingSafeEqual } from "node:crypto";
import {
	createServer,
	type IncomingMessage,
	type RequestListener,
	type Server,
	type ServerResponse,
	STATUS_CODES,
} from "node:http";
import { isIP, type Socket } from "node:net";
import { type AdminAddress, isLoopbackName } from "../config/flag-values.js";
import { type ListeningAt, listenAt } from "../listening/listen.js";
import { listenOnUnixSocket } from "../listening/unix-socket.js";

/** Bytes of a request head: enough for a browser's, with some cookies of the same host. */
const HEAD_BYTES = 16 * 1024;
/** Milliseconds for a whole request to arrive. */
const REQUEST_MS = 2_000;
/** Milliseconds that an idle connection is kept: the status page asks every second; Prometheus may connect again. */
const IDLE_MS = 5_000;
/** Milliseconds without progress after which a client that receives a response is cut off. */
const STALLED_MS = 10_000;
/** Milliseconds between two checks for late requests. */
const CHECK_MS = 500;
/** Connections at a time: a few browsers and scrapers, from the descriptors that clients leave over. More are closed. */
const CONNECTIONS = 16;

/** Sent with every response: forbids framing and caching. */
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
	readonly type: string;
	readonly body: string | Buffer;
	readonly headers?: Readonly<Record<string, string>>;
}

export type Page = (query: URLSearchParams) => Reply | Promise<Reply>;

/** Answers everybody who reaches the listener. isTrusted: the request has the Host and the token that pages require. */
export type Probe = (isTrusted: boolean) => Reply;

export interface AdminListener {
	/** The addresses of its TCP listeners. */
	readonly at: readonly ListeningAt[];
	/** Closes it at once, with its connections. */
	close(): void;
}

export interface AdminListenerOptions {
	readonly address: AdminAddress;
	/** The token that every request for a page must carry, if any. Secret. */
	readonly token: string | undefined;
	readonly pages: ReadonlyMap<string, Page>;
	readonly probes: ReadonlyMap<string, Probe>;
	/** Called when a page throws; the answer is then 500. */
	readonly onDefect: (error: unknown) => void;
}

/**
 * Opens the admin listener, for "localhost" on each of 127.0.0.1 and ::1 that exists.
 * @throws the system's error (EADDRINUSE, EACCES, ...), or one that says what to do
 */
export async function openAdminListener(
	options: AdminListenerOptions,
): Promise<AdminListener> {
	const { address } = options;
	const servers: Server[] = [];
	const at: ListeningAt[] = [];
	const close = () => {
		for (const server of servers) {
			server.close();
			server.closeAllConnections();
		}
	};
	const onRequest = answering(options);
	async function open(host: string, port: number): Promise<void> {
		const server = serverFor(onRequest);
		at.push(await listenAt(server, { host, port }));
		servers.push(server);
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

function serverFor(onRequest: RequestListener): Server {
	const server = createServer({
		maxHeaderSize: HEAD_BYTES,
		headersTimeout: REQUEST_MS,
		requestTimeout: REQUEST_MS,
		connectionsCheckingInterval: CHECK_MS,
		keepAliveTimeout: IDLE_MS,
		// Health checks of balancers often have no Host; pages require one of ours.
		requireHostHeader: false,
	});
	server.maxConnections = CONNECTIONS;
	server.setTimeout(STALLED_MS);
	server.on("request", onRequest);
	server.on("clientError", refuseUnread);
	server.on("error", acceptFailed);
	return server;
}

/** Without this listener a failed accept would end the daemon. A listener added by once() still gets the error. */
function acceptFailed(): void {}

const UNREAD: Readonly<Record<string, number>> = {
	HPE_HEADER_OVERFLOW: 431,
	ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers a request that Node's parser rejected or that arrived too slowly, and closes the socket. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
	// If part of another answer was sent, the client would take these bytes for the rest of it.
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

function answering(options: AdminListenerOptions): RequestListener {
	const { address, token, pages, probes, onDefect } = options;
	const guard = guardOf(address.kind === "tcp" ? address.host : "", token);
	return (request, response) => {
		const [path = "", query] = (request.url ?? "").split("?", 2);
		const denied = guard(request);
		const probe = probes.get(path);
		const refusal =
			probe === undefined
				? (denied ?? misuseOf(request, PAGE_METHODS))
				: misuseOf(request, PROBE_METHODS);
		if (refusal !== undefined) {
			send(response, refusal);
			return;
		}
		const page: Page =
			probe === undefined
				? (pages.get(path) ?? notFound)
				: () => probe(denied === undefined);
		Promise.resolve(new URLSearchParams(query ?? ""))
			.then(page)
			.then((reply) => send(response, reply))
			.catch((error) => {
				onDefect(error);
				if (response.headersSent) response.destroy();
				else send(response, DEFECT);
			});
	};
}

/** Sends the one answer of a request; HEAD gets no body. */
function send(response: ServerResponse, reply: Reply): void {
	response.writeHead(reply.status, {
		...HEADERS,
		"Content-Type": reply.type,
		"Content-Length": Buffer.byteLength(reply.body),
		...reply.headers,
	});
	response.end(reply.body);
}

export const TEXT = "text/plain; charset=utf-8";

function notFound(): Reply {
	const body =
		"This listener serves /, /healthz, /readyz, /servez, /metrics and /routes.\n";
	return { status: 404, type: TEXT, body };
}

const DEFECT: Reply = {
	status: 500,
	type: TEXT,
	body: "A defect of the proxy; its log has the stack.\n",
};
const FOREIGN_HOST = refusal(
	403,
	"This Host is not served here: use localhost, or the name or address of --admin.\n",
);
const NO_TOKEN = refusal(
	401,
	"The admin token is missing or wrong: send it as Authorization: Bearer TOKEN, or as the password of Basic.\n",
	// Basic, because browsers ask for it themselves and keep it to this origin.
	{ "WWW-Authenticate": 'Basic realm="galaxy-proxy admin"' },
);
/** Methods that pages accept. */
const PAGE_METHODS = ["GET", "HEAD"];
/** HAProxy's `option httpchk /readyz` asks by OPTIONS. */
const PROBE_METHODS = [...PAGE_METHODS, "OPTIONS"];
const WITH_BODY = refusal(413, "Requests with a body are not accepted here.\n");

/** An answer that closes the connection, so that no body is waited for. */
function refusal(
	status: number,
	body: string,
	headers: Readonly<Record<string, string>> = {},
): Reply {
	const closing = { ...headers, Connection: "close" };
	return { status, type: TEXT, body, headers: closing };
}

/**
 * Returns why a request may see no page, or undefined. Containers on the host's network and pages in an admin's browser (DNS
 * rebinding) reach a loopback listener too. A page cannot choose Host, so only names that are certainly ours are served.
 * @param name the host of --admin, empty for a unix socket
 */
export function guardOf(
	name: string,
	token: string | undefined,
): (request: IncomingMessage) => Reply | undefined {
	const wanted = token === undefined ? undefined : digest(token);
	return (request) => {
		if (!isOurs(request, name)) return FOREIGN_HOST;
		if (
			wanted !== undefined &&
			!timingSafeEqual(digest(tokenOf(request)), wanted)
		)
			return NO_TOKEN;
		return undefined;
	};
}

/** Returns why a request is refused whoever sent it, or undefined. */
function misuseOf(
	request: IncomingMessage,
	methods: readonly string[],
): Reply | undefined {
	if (!methods.includes(request.method ?? "")) {
		const Allow = methods.join(", ");
		return refusal(405, `Only ${Allow} are served here.\n`, { Allow });
	}
	return hasBody(request) ? WITH_BODY : undefined;
}

function isOurs(request: IncomingMessage, name: string): boolean {
	const [host, ...more] = request.headersDistinct.host ?? [];
	if (host === undefined || more.length > 0) return false;
	const given = /^(\[[\da-f:.]+\]|[^:[\]]+)(:\d+)?$/i.exec(host)?.[1];
	if (given === undefined) return false;
	const bare = given.replace(/^\[|\]$/g, "").toLowerCase();
	if (isLoopbackName(bare) || bare === name.toLowerCase()) return true;
	// The address of the socket, for listeners on 0.0.0.0 and ::. A rebound page sends a name.
	const arrived = request.socket.localAddress?.replace(/^::ffff:/, "");
	return isIP(bare) !== 0 && bare === arrived;
}

/** The token of Bearer, or the password of Basic; empty without one. */
function tokenOf({ headers }: IncomingMessage): string {
	const [, scheme = "", value = ""] =
		/^(\w+) +(\S+)$/.exec(headers.authorization ?? "") ?? [];
	if (/^bearer$/i.test(scheme)) return value;
	if (!/^basic$/i.test(scheme)) return "";
	const pair = Buffer.from(value, "base64").toString();
	return pair.slice(pair.indexOf(":") + 1);
}

/** All digests have one length, so that the time of the comparison tells nothing. */
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
