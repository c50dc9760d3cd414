import type { Socket } from "node:net";
import { Random } from "./random.js";
import { type Listening, listen } from "./sockets.js";
import { valuesOf } from "./strict.js";
import {
	ADDED_LINES,
	type ReadRequest,
	readRequest,
} from "./strict-request.js";

/** A request as the container of a tool received it. */
export interface Received {
	readonly key: string;
	readonly request: ReadRequest;
	/** It answered as no server should, or not at all. */
	readonly misbehaved: boolean;
}

/** A tool's container. It answers in many ways, always with its own key, and now and then breaks off. */
export class ToolContainer {
	readonly problems: string[] = [];
	readonly #key: string;
	readonly #received: Map<string, Received>;
	readonly #random: Random;
	#listening: Listening | undefined;

	/** received: takes the requests, by their serial. */
	constructor(key: string, received: Map<string, Received>) {
		this.#key = key;
		this.#received = received;
		this.#random = new Random(key.length);
	}

	get port(): number {
		return this.#listening?.port ?? 0;
	}

	async listen(): Promise<this> {
		this.#listening = await listen((socket) => {
			let rest = "";
			let isTunnel = false;
			socket.on("data", (text: string) => {
				if (isTunnel) {
					socket.write(`${this.#key}:${text}`, "latin1");
					return;
				}
				rest += text;
				while (rest !== "") {
					const step = readRequest(rest, 0, ADDED_LINES);
					if (step.kind === "refused")
						this.problems.push(`a malformed request (${step.rule}): ${rest}`);
					if (step.kind !== "message") return;
					rest = rest.slice(step.end);
					isTunnel = this.#answer(socket, step.request);
				}
			});
		});
		return this;
	}

	close(): void {
		this.#listening?.close();
	}

	/** Returns whether the connection became a tunnel. */
	#answer(socket: Socket, request: ReadRequest): boolean {
		const random = this.#random;
		const serial = valuesOf(request.fields, "x-serial").join();
		const misbehaved = random.chance(0.02);
		// A request without an answer may be repeated.
		if (this.#received.get(serial)?.misbehaved === false)
			this.problems.push(`request ${serial} came twice`);
		this.#received.set(serial, { key: this.#key, request, misbehaved });
		const own = `X-Container: ${this.#key}\r\nX-Serial: ${serial}\r\n`;
		if (misbehaved) {
			breakOff(socket, own, random);
			return false;
		}
		if (valuesOf(request.fields, "upgrade").length > 0) {
			socket.write(
				`HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${own}\r\n`,
			);
			return true;
		}
		const isHead = request.method === "HEAD";
		const body = random.word(random.below(30));
		const interim = random.chance(0.05)
			? "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
			: "";
		const closes =
			random.chance(0.05) ||
			/close/i.test(valuesOf(request.fields, "connection").join());
		const head = `${interim}HTTP/1.1 200 OK\r\n${own}${closes ? "Connection: close\r\n" : ""}`;
		const text = random.chance(0.3)
			? `${head}Transfer-Encoding: chunked\r\n\r\n${isHead ? "" : chunked(body)}`
			: `${head}Content-Length: ${body.length}\r\n\r\n${isHead ? "" : body}`;
		socket.write(text, "latin1");
		if (closes) socket.end();
		return false;
	}
}

function chunked(body: string): string {
	const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
	return `${chunk}0\r\n\r\n`;
}

/** Ends the connection before or within the answer, or sends what is no answer. */
function breakOff(socket: Socket, own: string, random: Random): void {
	const head = `HTTP/1.1 200 OK\r\n${own}`;
	const kind = random.below(4);
	if (kind === 0) socket.resetAndDestroy();
	else if (kind === 1) socket.end(`${head}Content-Length: 50\r\n\r\nhalf`);
	else if (kind === 2) socket.end("SSH-2.0-OpenSSH\r\n");
	else socket.end(`${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`);
}
