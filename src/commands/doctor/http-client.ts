import { once } from "node:events";
import { type IncomingMessage, request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";
import { isIP, type Socket } from "node:net";
import { FAULTS, type FaultCode } from "../../faults.js";

export interface Server {
	/** Scheme and authority, without a path. */
	readonly origin: string;
	/** Whether the certificate must be valid. One check reports certificates, so that the others can go on without. */
	readonly isStrict?: boolean;
	/** A unix socket to connect to; the origin is then only the Host header. */
	readonly socketPath?: string;
	/** One of the addresses of the origin's name; by default the first one that accepts the connection. */
	readonly address?: string;
}

export interface Question {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Buffer;
	/** Announces a body of this length but sends no more than `body`. */
	readonly announcedBytes?: number;
	/** Milliseconds without a byte, after which the request counts as unanswered. */
	readonly patienceMs?: number;
}

export type Answer = Awaited<ReturnType<typeof read>>;

/** No byte came within the patience. */
export class Unanswered extends Error {}

const ASKED_IN = /^galaxy-proxy; details="(HTTP\/1\.\d)"(?:;|$)/;
const PATIENCE_MS = 5000;
/** The longest text that a check reads is the admin listener's: five minutes of samples, faults and workers. */
const BODY_BYTES = 256 * 1024;
const UPGRADE = {
	Connection: "Upgrade",
	Upgrade: "websocket",
	"Sec-WebSocket-Version": "13",
	"Sec-WebSocket-Key": "Z2FsYXh5LXByb3h5IGRvYw==",
};

/** Sends each request on a new connection. Every method throws the system's error, or Unanswered. */
export class HttpClient {
	readonly #server: Server;
	readonly #signal: AbortSignal;

	constructor(server: Server, signal: AbortSignal) {
		this.#server = server;
		this.#signal = signal;
	}

	/** A client of the same server with these changes. */
	with(changes: Partial<Server>): HttpClient {
		return new HttpClient({ ...this.#server, ...changes }, this.#signal);
	}

	/** @param path as it is sent */
	async ask(path: string, question: Question = {}): Promise<Answer> {
		const request = this.#open(path, question);
		try {
			if (question.announcedBytes === undefined) request.end(question.body);
			else {
				request.flushHeaders();
				if (question.body !== undefined) request.write(question.body);
			}
			const [response] = await once(request, "response");
			return await read(response);
		} finally {
			request.destroy();
		}
	}

	/** Asks for a WebSocket. Returns the socket, which the caller must destroy, or the answer that refused it. */
	async upgrade(path: string, fields: object): Promise<Socket | Answer> {
		const headers = { ...fields, ...UPGRADE };
		const request = this.#open(path, { headers });
		const events = [once(request, "response"), once(request, "upgrade")];
		// Only one of the two events happens; the other promise rejects when the connection ends.
		void Promise.allSettled(events);
		request.end();
		try {
			const [response, socket, first] = await Promise.race(events);
			if (socket === undefined) return await read(response);
			socket.unshift(first);
			return socket;
		} catch (error) {
			request.destroy();
			throw error;
		}
	}

	#open(path: string, question: Question) {
		const { origin, isStrict = false, socketPath, address } = this.#server;
		const { announcedBytes, patienceMs = PATIENCE_MS } = question;
		const { host, hostname, port, protocol } = new URL(origin);
		const name = withoutBrackets(hostname);
		const options: RequestOptions = {
			...(socketPath ? { socketPath } : { host: address ?? name, port }),
			// The name belongs in the TLS handshake even if an address is connected to; an address must not be there.
			...(isIP(name) === 0 ? { servername: name } : {}),
			method: question.method ?? "GET",
			path,
			headers: {
				Host: host,
				"User-Agent": "galaxy-proxy-doctor",
				Accept: "*/*",
				...(announcedBytes && { "Content-Length": announcedBytes }),
				...question.headers,
			},
			agent: false,
			signal: this.#signal,
			rejectUnauthorized: isStrict,
		};
		const request = (protocol === "https:" ? secure : plain)(options);
		const unanswered = `no answer within ${patienceMs / 1000} s`;
		request.setTimeout(patienceMs, () =>
			request.destroy(new Unanswered(unanswered)),
		);
		// once() reports errors while something waits for an event. Later errors do not matter.
		request.on("error", () => {});
		return request;
	}
}

export function withoutBrackets(hostname: string): string {
	return hostname.replace(/^\[|\]$/g, "");
}

async function read(response: IncomingMessage) {
	const parts: Buffer[] = [];
	let bytes = 0;
	let firstAt = 0;
	let isCut = false;
	try {
		for await (const part of response as AsyncIterable<Buffer>) {
			if (bytes === 0) firstAt = performance.now();
			if (bytes < BODY_BYTES) parts.push(part);
			bytes += part.length;
		}
	} catch {
		isCut = true;
	}
	const { statusCode: status = 0, headers } = response;
	const text = Buffer.concat(parts).toString();
	const fault = faultOf(status, text);
	const [, askedIn] = ASKED_IN.exec(String(headers["proxy-status"])) ?? [];
	return {
		status,
		headers,
		/** The body, cut after BODY_BYTES. */
		text,
		/** Length of the body as received. */
		bytes,
		/** The connection ended before the body did. */
		isCut,
		/** Milliseconds from the body's first byte to its end. */
		spreadMs: bytes === 0 ? 0 : performance.now() - firstAt,
		/** The fault of galaxy-proxy's that this answer shows, if any. */
		fault,
		/** The HTTP version of the request that galaxy-proxy received, in its own answers (proxy/answers.ts). */
		askedIn,
		/** galaxy-proxy made this answer itself. */
		isOurs: fault !== undefined || askedIn !== undefined,
	};
}

function faultOf(status: number, text: string): FaultCode | undefined {
	if (text === "") return undefined;
	const codes = Object.keys(FAULTS) as FaultCode[];
	return codes.find(
		(code) => FAULTS[code].status === status && FAULTS[code].text === text,
	);
}
