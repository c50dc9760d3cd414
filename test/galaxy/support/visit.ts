import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocket } from "ws";
import type { Lab } from "./lab.js";

/** Milliseconds without a byte after which no answer is expected: Galaxy starts jobs and loads code before some of its own. */
const SILENCE_MS = 300_000;

/** An answer that has come completely. */
export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
}

export interface Asked {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

/** Galaxy's address for its users. */
export function publicUrl({ frontPort }: Lab): string {
	return `http://localhost:${frontPort}`;
}

/** As browsers do, it takes every name below localhost for this machine. A path belongs to Galaxy's address. */
export async function ask(
	lab: Lab,
	at: string,
	{ method = "GET", headers = {}, body }: Asked = {},
): Promise<Answer> {
	const url = new URL(at, publicUrl(lab));
	const asked = request({
		host: "127.0.0.1",
		port: url.port,
		path: `${url.pathname}${url.search}`,
		method,
		headers: { Host: url.host, ...headers },
		agent: false,
		timeout: SILENCE_MS,
	});
	asked.on("timeout", () => asked.destroy(new Error(`no answer from ${at}`)));
	asked.end(body);
	const [response] = await once(asked, "response");
	return {
		status: response.statusCode,
		headers: response.headers,
		text: await text(response),
	};
}

/** A WebSocket to a tool: the messages so far, or the answer that refused it. */
export class Channel {
	readonly messages: string[] = [];
	#code = 0;
	#wake: (() => void)[] = [];

	private constructor(readonly socket: WebSocket) {
		socket.on("message", (data) => {
			this.messages.push(String(data));
			for (const wake of this.#wake.splice(0)) wake();
		});
		socket.on("close", (code) => {
			this.#code = code;
			for (const wake of this.#wake.splice(0)) wake();
		});
	}

	/** Resolves with the refusal if the answer is no 101. */
	static async open(
		lab: Lab,
		at: string,
		headers: Record<string, string> = {},
	): Promise<Channel | Answer> {
		const url = new URL(at, publicUrl(lab));
		const socket = new WebSocket(
			`ws://127.0.0.1:${url.port}${url.pathname}${url.search}`,
			{ headers: { Host: url.host, ...headers } },
		);
		const channel = new Channel(socket);
		const refused = once(socket, "unexpected-response").then(
			async ([, response]): Promise<Answer> => {
				const { statusCode: status, headers: fields } = response;
				const answer = { status, headers: fields, text: await text(response) };
				socket.on("error", () => {});
				socket.terminate();
				return answer;
			},
		);
		refused.catch(() => {});
		const opened = once(socket, "open").then(() => channel);
		opened.catch(() => {});
		return await Promise.race([opened, refused]);
	}

	/** Waits for this message, counted from 0. */
	async message(index: number): Promise<string> {
		for (;;) {
			const found = this.messages[index];
			if (found !== undefined) return found;
			if (this.socket.readyState === WebSocket.CLOSED)
				throw new Error(`closed after ${this.messages.length} messages`);
			await new Promise<void>((resolve) => this.#wake.push(resolve));
		}
	}

	/** The code with which it was closed. */
	async closed(): Promise<number> {
		if (this.socket.readyState !== WebSocket.CLOSED)
			await once(this.socket, "close");
		return this.#code;
	}

	async close(): Promise<void> {
		if (this.socket.readyState === WebSocket.CLOSED) return;
		const closed = once(this.socket, "close");
		this.socket.close();
		await closed;
	}
}
