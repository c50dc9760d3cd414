import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** The field in which a test request says what it wants; its path may be anything, since that is what is looked at. */
export const WISH = "X-Galaxy-Proxy-Doctor";
export type Wish = "echo" | "long" | "silent" | "unwell";

/** What of a request arrived. */
export interface Arrived {
	/** This container's own mark: the answer is no other's. */
	readonly mark: string;
	readonly method: string;
	readonly target: string;
	readonly host: string;
	readonly forwardedProto: string;
	readonly forwardedHost: string;
	readonly bytes: number;
	readonly sha256: string;
}

/** The status of the answer to "unwell". */
export const UNWELL = 503;
/** Of the answer to "long". */
export const LONG_BYTES = 8 * 1024 * 1024;
const PART = Buffer.alloc(64 * 1024, "galaxy-proxy doctor\n");

/**
 * WebSocket frames (RFC 6455 section 5.2) of one word: the client's is masked (with zeros, which leaves it readable), ours
 * is not.
 */
const WORD = Buffer.from("doctor");
export const ASKING_FRAME = Buffer.concat([
	Buffer.from([0x81, 0x80 | WORD.length, 0, 0, 0, 0]),
	WORD,
]);
export const ANSWERING_FRAME = Buffer.concat([
	Buffer.from([0x81, WORD.length]),
	WORD,
]);

/** A container that tells what arrived, on a free port of this host's loopback. */
export class TestContainer {
	readonly mark = randomBytes(8).toString("hex");
	readonly #server = createServer({ keepAlive: true });
	readonly #upgraded = new Set<Duplex>();
	readonly #silenceMs: number;

	private constructor(silenceMs: number) {
		this.#silenceMs = silenceMs;
		this.#server.on("request", (request, response) => {
			// The client's leaving ends what is sent to it; there is nothing else to do about it.
			this.#answer(request, response).catch(() => response.destroy());
		});
		this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex) =>
			this.#tunnel(request, socket),
		);
	}

	static async start(silenceMs: number): Promise<TestContainer> {
		const container = new TestContainer(silenceMs);
		container.#server.listen(0, "127.0.0.1");
		await once(container.#server, "listening");
		return container;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	close(): void {
		for (const socket of this.#upgraded) socket.destroy();
		this.#server.closeAllConnections();
		this.#server.close();
	}

	async #answer(
		request: IncomingMessage,
		response: ServerResponse,
	): Promise<void> {
		response.setHeader("Content-Type", "application/octet-stream");
		switch (request.headers[WISH.toLowerCase()]) {
			case "long":
				return await sendLong(response);
			case "silent":
				return this.#sendSilent(response);
			case "unwell":
				response.writeHead(UNWELL).end(this.mark);
				return;
			default:
				response.end(JSON.stringify(await this.#arrived(request)));
		}
	}

	async #arrived(request: IncomingMessage): Promise<Arrived> {
		const hash = createHash("sha256");
		let bytes = 0;
		for await (const part of request as AsyncIterable<Buffer>) {
			hash.update(part);
			bytes += part.length;
		}
		const field = (name: string): string => String(request.headers[name] ?? "");
		return {
			mark: this.mark,
			method: request.method ?? "",
			target: request.url ?? "",
			host: field("host"),
			forwardedProto: field("x-forwarded-proto"),
			forwardedHost: field("x-forwarded-host"),
			bytes,
			sha256: hash.digest("hex"),
		};
	}

	/** The beginning at once, the end after the silence: fronts that hold answers back, or cut them, show. */
	#sendSilent(response: ServerResponse): void {
		response.write("begin\n");
		const timer = setTimeout(() => response.end("end\n"), this.#silenceMs);
		response.once("close", () => clearTimeout(timer));
	}

	/** Answers each frame; after a silence tells by itself that it is still there. */
	#tunnel(request: IncomingMessage, socket: Duplex): void {
		this.#upgraded.add(socket);
		const key = String(request.headers["sec-websocket-key"] ?? "");
		// RFC 6455 section 4.2.2.
		const accept = createHash("sha1")
			.update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
			.digest("base64");
		socket.write(
			`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
		);
		socket.once("data", () => socket.write(ANSWERING_FRAME));
		const timer = setTimeout(
			() => socket.write(ANSWERING_FRAME),
			this.#silenceMs,
		);
		// A front that cuts it shows on the asking side.
		socket.on("error", () => {});
		socket.once("close", () => {
			clearTimeout(timer);
			this.#upgraded.delete(socket);
		});
	}
}

async function sendLong(response: ServerResponse): Promise<void> {
	for (let sent = 0; sent < LONG_BYTES; sent += PART.length)
		if (!response.write(PART)) await once(response, "drain");
	response.end();
}
