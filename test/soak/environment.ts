import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { bytesOf, digest } from "./content.js";

/** Bytes of filler in each server-sent event, so that a reader that sleeps fills the buffers on the way. */
const EVENT_FILLER = "x".repeat(2_000);

type Handler = (
	parts: string[],
	response: ServerResponse,
	request: IncomingMessage,
) => void;

/**
 * A container: serves files, long polls, server-sent events, uploads and kernels that echo. Each answer names the
 * container, and its bytes are that name's. It can be killed and come back on the same address.
 */
export class Environment {
	port = 0;
	/** Contents of requests that only the proxy can have caused. */
	readonly complaints: string[] = [];
	#server: Server | undefined;
	#upgraded = new Set<Duplex>();

	/** @param host its own loopback address where the system has several, so that its port stays free while it is dead. */
	constructor(
		readonly name: string,
		readonly host: string,
	) {}

	async start(): Promise<void> {
		const server = createServer((request, response) =>
			this.#answer(request, response),
		);
		const kernels = new WebSocketServer({ noServer: true });
		server.on("upgrade", (request: IncomingMessage, socket, head) => {
			this.#upgraded.add(socket);
			socket.once("close", () => this.#upgraded.delete(socket));
			this.#lookAt(request);
			kernels.handleUpgrade(request, socket, head, (kernel) =>
				echo(this.name, kernel),
			);
		});
		server.listen(this.port, this.host);
		await once(server, "listening");
		this.port = (server.address() as AddressInfo).port;
		this.#server = server;
	}

	/** Stops listening and drops every connection, as `docker kill` does. */
	async kill(): Promise<void> {
		const server = this.#server;
		this.#server = undefined;
		if (server === undefined) return;
		for (const socket of this.#upgraded) socket.destroy();
		const closed = new Promise((resolve) => server.close(resolve));
		server.closeAllConnections();
		await closed;
	}

	#answer(request: IncomingMessage, response: ServerResponse): void {
		this.#lookAt(request);
		response.setHeader("X-Environment", this.name);
		const [, kind = "", ...parts] = request.url?.split("/") ?? [];
		const handlers: Record<string, Handler> = {
			file: ([path = "", size = ""]) =>
				response.end(bytesOf(this.name + path, Number(size))),
			chunked: ([path = "", size = ""]) => {
				response.flushHeaders();
				response.write(bytesOf(this.name + path, Number(size)));
				response.end();
			},
			poll: ([ms = ""]) => {
				const timer = setTimeout(() => response.end(this.name), Number(ms));
				response.once("close", () => clearTimeout(timer));
			},
			events: ([count = "", ms = ""]) =>
				this.#sendEvents(response, Number(count), Number(ms)),
			upload: () => this.#takeUpload(request, response),
		};
		const handler = handlers[kind];
		if (handler) handler(parts, response, request);
		else response.writeHead(404).end();
	}

	#sendEvents(response: ServerResponse, count: number, ms: number): void {
		response.setHeader("Content-Type", "text/event-stream");
		let sent = 0;
		const timer = setInterval(() => {
			response.write(`data: ${this.name} ${sent} ${EVENT_FILLER}\n\n`);
			sent += 1;
			if (sent === count) response.end();
		}, ms);
		response.once("close", () => clearInterval(timer));
	}

	#takeUpload(request: IncomingMessage, response: ServerResponse): void {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.once("end", () => response.end(digest(Buffer.concat(chunks))));
	}

	#lookAt(request: IncomingMessage): void {
		if (request.headers.cookie !== undefined)
			this.complaints.push(`${this.name} was sent the session's cookie`);
	}
}

function echo(name: string, kernel: WebSocket): void {
	kernel.send(name);
	kernel.on("message", (data, binary) => kernel.send(data, { binary }));
	kernel.on("error", () => kernel.terminate());
}
