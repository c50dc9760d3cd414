import type { Socket } from "node:net";
import { AGREES } from "./conversation.js";
import { type Listening, listen } from "./sockets.js";
import {
	ADDED_LINES,
	asksForTunnel,
	type ReadRequest,
	readRequest,
} from "./strict-request.js";

/** A complete request at the container. */
export interface Arrival {
	readonly request: ReadRequest;
	/** As received. */
	readonly bytes: string;
	/** The answer repeats it. */
	readonly serial: number;
}

/** One connection to the container, with the beginning of the next request. */
export class Arriving {
	rest = "";
	/** The bytes after a 101. */
	tunnel: string | null = null;
	/** A case ended in the middle of a request on it. */
	stale = false;

	constructor(readonly socket: Socket) {}
}

/** A container on 127.0.0.1 that reads strictly, answers each request with its serial number, and records everything. */
export class RecordingContainer {
	readonly connections = new Set<Arriving>();
	arrivals: Arrival[] = [];
	/** Bytes that no container should receive. */
	problems: string[] = [];
	#serial = 0;
	#server: Listening | undefined;
	readonly #onArrival: () => void;

	constructor(onArrival: () => void) {
		this.#onArrival = onArrival;
	}

	get port(): number {
		return this.#server?.port ?? 0;
	}

	async listen(): Promise<void> {
		this.#server = await listen((socket) => {
			const connection = new Arriving(socket);
			this.connections.add(connection);
			socket.on("data", (text: string) => this.#take(connection, text));
			socket.on("close", () => {
				// The beginning of a request on a lost connection is checked when the case ends.
				if (connection.rest === "" && connection.tunnel === null)
					this.connections.delete(connection);
			});
		});
	}

	close(): void {
		this.#server?.close();
	}

	#take(connection: Arriving, text: string): void {
		if (connection.stale)
			this.problems.push(
				`after an incomplete request came ${JSON.stringify(text)}`,
			);
		if (connection.tunnel !== null) connection.tunnel += text;
		else this.#read(connection, text);
		this.#onArrival();
	}

	#read(connection: Arriving, text: string): void {
		connection.rest += text;
		while (connection.rest !== "") {
			const { rest } = connection;
			const step = readRequest(rest, 0, ADDED_LINES);
			if (step.kind === "refused")
				this.problems.push(
					`the container was sent a malformed request (${step.rule}): ${JSON.stringify(rest)}`,
				);
			if (step.kind !== "message") return;
			const bytes = rest.slice(0, step.end);
			connection.rest = rest.slice(step.end);
			this.#answer(connection, { request: step.request, bytes });
		}
	}

	#answer(
		connection: Arriving,
		{ request, bytes }: Omit<Arrival, "serial">,
	): void {
		const serial = ++this.#serial;
		this.arrivals.push({ request, bytes, serial });
		const agrees = request.path.includes(AGREES) && asksForTunnel(request);
		if (agrees) {
			connection.tunnel = connection.rest;
			connection.rest = "";
		}
		const body = `answer ${serial}`;
		const head = agrees
			? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
			: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n`;
		const content = agrees || request.method === "HEAD" ? "" : body;
		connection.socket.write(
			`${head}X-Serial: ${serial}\r\n\r\n${content}`,
			"latin1",
		);
	}

	/** Everything since the last call; an incomplete request is not expected to continue. */
	takeAll() {
		const { arrivals, problems } = this;
		const broken: string[] = [];
		const tunnels: string[] = [];
		for (const connection of [...this.connections]) {
			if (connection.tunnel !== null) tunnels.push(connection.tunnel);
			if (connection.rest !== "") broken.push(connection.rest);
			if (connection.rest === "" && connection.tunnel === null) continue;
			connection.stale = true;
			connection.rest = "";
			this.connections.delete(connection);
			connection.socket.once("close", () =>
				this.connections.delete(connection),
			);
			if (connection.tunnel !== null) connection.socket.destroy();
		}
		this.arrivals = [];
		this.problems = [];
		return { arrivals, broken, tunnels, problems };
	}
}
