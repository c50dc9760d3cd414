import { createServer, type IncomingMessage, type Server } from "node:http";
import { Duplex } from "node:stream";
import type { Field } from "./strict.js";

/** A request as Node's own server reads it. */
export interface LlhttpRequest {
	readonly method: string;
	readonly target: string;
	readonly fields: readonly Field[];
	readonly body: string;
	readonly trailers: readonly Field[];
}

export interface LlhttpReading {
	/** Those that came whole. */
	readonly requests: readonly LlhttpRequest[];
	/** Its error code (HPE_...), or empty. */
	readonly refusal: string;
}

/** A connection without a network: what is written to it goes nowhere. */
export class Bytes extends Duplex {
	readonly requests: LlhttpRequest[] = [];
	refusal = "";

	override _read(): void {}

	override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
		done();
	}

	/** What a server may call on a socket. */
	setTimeout(): this {
		return this;
	}
}

/** Bytes of a head that it reads: more than the proxy, whose limit is the one under test. */
const HEAD_BYTES = 1024 * 1024;

/** Node's HTTP parser in strict mode, as node:http uses it by default. */
export class Llhttp {
	private readonly server: Server;

	constructor() {
		this.server = createServer(
			{
				insecureHTTPParser: false,
				maxHeaderSize: HEAD_BYTES,
				requireHostHeader: false,
			},
			(request, response) => {
				collect(request);
				response.end();
			},
		);
		this.server.maxHeadersCount = 0;
		this.server.timeout = 0;
		this.server.on("checkExpectation", (request, response) => {
			collect(request);
			response.end();
		});
		this.server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
			if (socket instanceof Bytes) socket.refusal ||= error.code ?? "error";
			socket.destroy();
		});
	}

	/** Reads a client's bytes (latin1), all of them at once. */
	async read(bytes: string): Promise<LlhttpReading> {
		const socket = new Bytes();
		const closed = new Promise((resolve) => socket.once("close", resolve));
		this.server.emit("connection", socket);
		socket.push(Buffer.from(bytes, "latin1"));
		socket.push(null);
		await closed;
		return { requests: socket.requests, refusal: socket.refusal };
	}
}

/** Takes each part when the parser hands it over: an error further on in the same bytes would take it from the stream. */
function collect(request: IncomingMessage): void {
	const { socket }: { socket: unknown } = request;
	if (!(socket instanceof Bytes)) return;
	const body: Buffer[] = [];
	const push = request.push.bind(request);
	request.push = (chunk: Buffer | null) => {
		if (chunk !== null) body.push(chunk);
		else
			socket.requests.push({
				method: request.method ?? "",
				target: request.url ?? "",
				fields: paired(request.rawHeaders),
				body: Buffer.concat(body).toString("latin1"),
				trailers: paired(request.rawTrailers),
			});
		return push(chunk);
	};
	request.on("error", () => {});
	request.resume();
}

function paired(raw: readonly string[]): Field[] {
	const fields: Field[] = [];
	for (let i = 0; i < raw.length; i += 2)
		fields.push([raw[i] ?? "", raw[i + 1] ?? ""]);
	return fields;
}
