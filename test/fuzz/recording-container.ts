import { once } from "node:events";
import {
	type AddressInfo,
	createServer,
	type Server,
	type Socket,
} from "node:net";
import { AGREES } from "./conversation.js";
import {
	ADDED_LINES,
	asksForTunnel,
	type ReadRequest,
	readRequest,
} from "./strict-request.js";

/** A request that came whole to the container. */
export interface Arrival {
	readonly request: ReadRequest;
	/** As it came. */
	readonly bytes: string;
	/** The answer says it. */
	readonly serial: number;
}

/** One connection to the container, and what came on it that is no whole request. */
export class Arriving {
	rest = "";
	/** Behind a 101. */
	tunnel: string | null = null;
	/** A request on it was broken off in a case that is over. */
	stale = false;

	constructor(readonly socket: Socket) {}
}

/** A container on 127.0.0.1 that reads strictly, answers each whole request with its serial number, and keeps all that came. */
export class RecordingContainer {
	readonly connections = new Set<Arriving>();
	arrivals: Arrival[] = [];
	/** What no container should get. */
	problems: string[] = [];
	port = 0;
	private serial = 0;
	private readonly server: Server;

	constructor(private readonly onArrival: () => void) {
		this.server = createServer({ noDelay: true }, (socket) =>
			this.accept(socket),
		);
	}

	async listen(): Promise<void> {
		this.server.listen(0, "127.0.0.1");
		await once(this.server, "listening");
		this.port = (this.server.address() as AddressInfo).port;
	}

	close(): void {
		this.server.close();
		for (const { socket } of this.connections) socket.destroy();
	}

	private accept(socket: Socket): void {
		const connection = new Arriving(socket);
		this.connections.add(connection);
		socket.setEncoding("latin1");
		socket.on("data", (text: string) => this.take(connection, text));
		socket.on("error", () => socket.destroy());
		socket.on("close", () => {
			// What a lost connection had begun is still looked at when the case ends.
			if (connection.rest === "" && connection.tunnel === null)
				this.connections.delete(connection);
		});
	}

	private take(connection: Arriving, text: string): void {
		if (connection.stale)
			this.problems.push(
				`behind a request that was broken off came ${JSON.stringify(text)}`,
			);
		if (connection.tunnel !== null) connection.tunnel += text;
		else this.read(connection, text);
		this.onArrival();
	}

	private read(connection: Arriving, text: string): void {
		connection.rest += text;
		while (connection.rest !== "") {
			const { rest } = connection;
			const step = readRequest(rest, 0, ADDED_LINES);
			if (step.kind === "refused")
				this.problems.push(
					`the container was sent what is malformed (${step.rule}): ${JSON.stringify(rest)}`,
				);
			if (step.kind !== "message") return;
			const bytes = rest.slice(0, step.end);
			connection.rest = rest.slice(step.end);
			this.answer(connection, { request: step.request, bytes });
		}
	}

	private answer(
		connection: Arriving,
		{ request, bytes }: Omit<Arrival, "serial">,
	): void {
		const serial = ++this.serial;
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

	/** What came since the last call; what is left of it is not expected to go on. */
	takeAll(): {
		arrivals: Arrival[];
		broken: string[];
		tunnels: string[];
		problems: string[];
	} {
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
