import {
	createServer,
	type IncomingMessage,
	request,
	type ServerResponse,
} from "node:http";
import { Duplex } from "node:stream";
import type { Asking } from "./container-response.js";
import type { SecondReader } from "./second-readers.js";
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
	/** The complete ones. */
	readonly requests: readonly LlhttpRequest[];
	/** Its error code (HPE_...), or empty. */
	readonly refusal: string;
}

/** A connection without a network, which discards what is written to it. */
class Bytes extends Duplex {
	readonly requests: LlhttpRequest[] = [];
	refusal = "";

	override _read(): void {}

	override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
		done();
	}

	/** A server calls it on its sockets. */
	setTimeout(): this {
		return this;
	}
}

/** Bytes of a head that it accepts: more than the proxy, whose own limit is under test. */
const HEAD_BYTES = 1024 * 1024;
const STRICT = { insecureHTTPParser: false };

/** Node's HTTP parser in strict mode, as node:http uses it by default. */
export class Llhttp {
	readonly #server = createServer(
		{ ...STRICT, maxHeaderSize: HEAD_BYTES, requireHostHeader: false },
		answer,
	);

	constructor() {
		this.#server.maxHeadersCount = 0;
		this.#server.timeout = 0;
		this.#server.on("checkExpectation", answer);
		this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
			if (socket instanceof Bytes) socket.refusal ||= error.code ?? "error";
			socket.destroy();
		});
	}

	/** Reads a client's bytes (latin1), all of them at once. */
	async read(bytes: string): Promise<LlhttpReading> {
		const socket = new Bytes();
		const closed = new Promise((resolve) => socket.once("close", resolve));
		this.#server.emit("connection", socket);
		socket.push(Buffer.from(bytes, "latin1"));
		socket.push(null);
		await closed;
		return { requests: socket.requests, refusal: socket.refusal };
	}
}

function answer(request: IncomingMessage, response: ServerResponse): void {
	const { socket }: { socket: unknown } = request;
	if (socket instanceof Bytes)
		collect(request, (body) =>
			socket.requests.push({
				method: request.method ?? "",
				target: request.url ?? "",
				fields: paired(request.rawHeaders),
				body,
				trailers: paired(request.rawTrailers),
			}),
		);
	request.on("error", () => {});
	response.end();
}

/** Takes each part when the parser delivers it: a later error in the same bytes would take it from the stream. */
function collect(message: IncomingMessage, done: (body: string) => void): void {
	const body: Buffer[] = [];
	const push = message.push.bind(message);
	message.push = (chunk: Buffer | null) => {
		if (chunk === null) done(Buffer.concat(body).toString("latin1"));
		else body.push(chunk);
		return push(chunk);
	};
	message.resume();
}

function paired(raw: readonly string[]): Field[] {
	const fields: Field[] = [];
	for (let i = 0; i < raw.length; i += 2)
		fields.push([raw[i] ?? "", raw[i + 1] ?? ""]);
	return fields;
}

/** node:http as the container. */
export function llhttpReader(llhttp: Llhttp): SecondReader {
	return {
		name: "node:http",
		read: async (arrivals) => {
			const bytes = arrivals.map((arrival) => arrival.bytes).join("");
			return (await llhttp.read(bytes)).requests;
		},
		stop: () => {},
	};
}

/** A response as Node's own client reads it. */
export interface LlhttpResponse {
	/** Its error code (HPE_..., ECONNRESET), or empty where the response is complete. */
	refusal: string;
	status: number;
	body: string;
}

/** Reads a container's bytes (latin1) and its FIN, as the response to this request. */
export async function readLlhttpResponse(
	bytes: string,
	{ isHead }: Asking,
): Promise<LlhttpResponse> {
	const socket = new Bytes();
	const client = request({
		...STRICT,
		method: isHead ? "HEAD" : "GET",
		maxHeaderSize: HEAD_BYTES,
		createConnection: () => socket,
	});
	const read = new Promise<LlhttpResponse>((resolve) => {
		const refuse = (error: NodeJS.ErrnoException): void =>
			resolve({ refusal: error.code ?? error.message, status: 0, body: "" });
		client.on("error", refuse);
		client.on("upgrade", (_response, upgraded) => {
			upgraded.destroy();
			resolve({ refusal: "upgrade", status: 101, body: "" });
		});
		client.on("response", (response) => {
			const { statusCode: status = 0 } = response;
			collect(response, (body) => {
				if (response.complete) resolve({ refusal: "", status, body });
			});
			response.on("error", refuse);
		});
	});
	client.end();
	socket.push(Buffer.from(bytes, "latin1"));
	socket.push(null);
	return await read;
}
