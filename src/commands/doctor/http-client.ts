import { once } from "node:events";
import { type IncomingMessage, request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";
import { isIP, type Socket } from "node:net";
import { FAULTS, type FaultCode } from "../../faults.js";

/** Where to ask: a scheme and an authority, without a path. */
export interface Server {
	readonly origin: string;
	/** Whether a certificate must be good; the check of it has its own finding, so that the others can go on. */
	readonly strict?: boolean;
	/** A unix socket to connect to; the origin then only makes Host. */
	readonly socketPath?: string;
	/** One of the addresses of the origin's name; the first that answers where none is given. */
	readonly address?: string;
}

export interface Question {
	readonly method?: string;
	/** As it goes over the wire. */
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Buffer;
	/** Milliseconds without a byte, until it counts as unanswered. */
	readonly patienceMs?: number;
	readonly signal: AbortSignal;
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingMessage["headers"];
	/** What came of it; a long one is cut at BODY_BYTES. */
	readonly text: string;
	/** Of the body, counted to its end. */
	readonly bytes: number;
	/** The connection ended before the body was whole. */
	readonly isCut: boolean;
	/** Milliseconds from the body's first byte to its end. */
	readonly spreadMs: number;
}

const PATIENCE_MS = 5000;
const BODY_BYTES = 64 * 1024;
export const AGENT = "galaxy-proxy-doctor";

/** Sends one request on a connection of its own. @throws the system's error where nothing is answered */
export async function ask(server: Server, question: Question): Promise<Answer> {
	const request = open(server, question);
	try {
		request.end(question.body);
		const [response] = (await once(request, "response")) as [IncomingMessage];
		return await read(response);
	} finally {
		request.destroy();
	}
}

/**
 * The answer that comes when a body of this length is announced and nothing of it is sent; null where none comes within
 * the patience, since a front waits for the body before it passes the request on.
 */
export async function announce(
	server: Server,
	question: Question,
	length: number,
): Promise<Answer | null> {
	const headers = { ...question.headers, "Content-Length": String(length) };
	const request = open(server, { ...question, method: "POST", headers });
	const answered = once(request, "response") as Promise<[IncomingMessage]>;
	try {
		request.flushHeaders();
		const [response] = await answered;
		return await read(response);
	} catch (error) {
		if (error instanceof Unanswered) return null;
		throw error;
	} finally {
		request.destroy();
	}
}

/** Asks for a WebSocket: the socket, which is the caller's to destroy, or the answer that refused it. */
export async function upgrade(
	server: Server,
	question: Question,
): Promise<Socket | Answer> {
	const headers = {
		...question.headers,
		Connection: "Upgrade",
		Upgrade: "websocket",
		"Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "Z2FsYXh5LXByb3h5IGRvYw==",
	};
	const request = open(server, { ...question, headers });
	const refused = once(request, "response") as Promise<[IncomingMessage]>;
	const opened = once(request, "upgrade") as Promise<
		[IncomingMessage, Socket, Buffer]
	>;
	request.end();
	try {
		const [response, socket, first] = await Promise.race([refused, opened]);
		if (socket === undefined || first === undefined)
			return await read(response);
		socket.unshift(first);
		return socket;
	} catch (error) {
		request.destroy();
		throw error;
	} finally {
		// The one of the two that did not come rejects when the connection ends.
		void Promise.allSettled([refused, opened]);
	}
}

/** Nothing came in time. */
export class Unanswered extends Error {}

function open(server: Server, question: Question) {
	const { origin, strict = false, socketPath, address } = server;
	const { host, hostname, port, protocol } = new URL(origin);
	const name = hostname.replace(/^\[|\]$/g, "");
	const options: RequestOptions = {
		...(socketPath === undefined
			? { host: address ?? name, port }
			: { socketPath }),
		// Where an address is asked, the name goes into the handshake all the same; no address may.
		...(isIP(name) === 0 ? { servername: name } : {}),
		method: question.method ?? "GET",
		path: question.path,
		headers: {
			Host: host,
			"User-Agent": AGENT,
			Accept: "*/*",
			...question.headers,
		},
		agent: false,
		signal: question.signal,
		rejectUnauthorized: strict,
	};
	const request = (protocol === "https:" ? secure : plain)(options);
	const patience = question.patienceMs ?? PATIENCE_MS;
	request.setTimeout(patience, () =>
		request.destroy(new Unanswered(`no answer within ${patience / 1000} s`)),
	);
	// Whoever waits for an event of it is told by that wait; after that nobody is left to tell.
	request.on("error", () => {});
	return request;
}

async function read(response: IncomingMessage): Promise<Answer> {
	const parts: Buffer[] = [];
	let bytes = 0;
	let firstAt = 0;
	response.on("data", (part: Buffer) => {
		if (bytes === 0) firstAt = performance.now();
		if (bytes < BODY_BYTES) parts.push(part);
		bytes += part.length;
	});
	const isWhole = await new Promise<boolean>((resolve) => {
		response.once("end", () => resolve(response.complete));
		response.once("error", () => resolve(false));
		response.once("close", () => resolve(false));
	});
	return {
		status: response.statusCode ?? 0,
		headers: response.headers,
		text: Buffer.concat(parts).toString(),
		bytes,
		isCut: !isWhole,
		spreadMs: bytes === 0 ? 0 : performance.now() - firstAt,
	};
}

/** Which of the proxy's own answers it is; null where the answer is another's. */
export function faultOf({ status, text }: Answer): FaultCode | null {
	if (text === "") return null;
	const codes = Object.keys(FAULTS) as FaultCode[];
	const isIt = (code: FaultCode) =>
		FAULTS[code].status === status && FAULTS[code].text === text;
	return codes.find(isIt) ?? null;
}

/** The HTTP version in which the proxy was asked, as its own answers tell (proxy/answers.ts); undefined elsewhere. */
export function askedIn({ headers }: Answer): string | undefined {
	const told = String(headers["proxy-status"] ?? "");
	return /^galaxy-proxy; details="(HTTP\/1\.\d)"$/.exec(told)?.[1];
}
