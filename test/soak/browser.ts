import { once } from "node:events";
import {
	Agent,
	type ClientRequest,
	type IncomingMessage,
	request,
} from "node:http";
import { WebSocket } from "ws";
import type { Session } from "./session.js";
import type { Reply, Tally } from "./tally.js";

export interface Ask {
	method?: string;
	body?: Buffer;
	/** The body is sent chunked, without a length. */
	chunked?: boolean;
	/** When the pause comes before the answer, the browser leaves. */
	pausing?: AbortSignal;
}

/** A browser with a session's cookie: at most six connections, kept alive. Each answer that it gets is judged. */
export class Browser {
	#agent = new Agent({ keepAlive: true, maxSockets: 6 });

	constructor(
		readonly session: Session,
		/** The daemon's, on 127.0.0.1. */
		readonly port: number,
		readonly tally: Tally,
	) {}

	/** Sends a request, reads its complete answer and judges it. */
	async get(
		kind: string,
		path: string,
		right: (reply: Reply) => boolean,
		ask: Ask = {},
	): Promise<void> {
		const allowed = this.session.asked();
		let outcome: Reply | Error;
		try {
			outcome = await read(await this.begin(path, ask));
		} catch (error) {
			outcome = error as Error;
		}
		if (ask.pausing?.aborted && outcome instanceof Error) this.tally.left(kind);
		else this.tally.judge(kind, allowed(), outcome, right);
	}

	/** Sends a request; the caller reads or destroys the answer's body. @throws where the connection ended before a head. */
	async begin(path: string, ask: Ask = {}): Promise<IncomingMessage> {
		const outgoing = this.send(path, ask);
		const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
		// An answer may overtake its request's body, whose end then fails.
		outgoing.on("error", () => {});
		return incoming;
	}

	/** The request itself, whose events are the caller's to wait for. */
	send(path: string, ask: Ask = {}): ClientRequest {
		const length = ask.chunked ? 0 : (ask.body?.length ?? 0);
		const outgoing = this.open(path, ask.method ?? "GET", length, ask.pausing);
		if (ask.body) outgoing.write(ask.body);
		outgoing.end();
		return outgoing;
	}

	/** A request that still wants its body; without a length in bytes one is sent chunked. */
	open(
		path: string,
		method: string,
		length = 0,
		signal?: AbortSignal,
	): ClientRequest {
		return request({
			host: "127.0.0.1",
			port: this.port,
			path,
			agent: this.#agent,
			method,
			...(signal ? { signal } : {}),
			headers: {
				Cookie: `galaxysession=${this.session.key}`,
				...(length > 0 ? { "Content-Length": length } : {}),
			},
		});
	}

	/** A WebSocket to the session's kernel. */
	openKernel(channel: string): WebSocket {
		return new WebSocket(`ws://127.0.0.1:${this.port}/kernel/${channel}`, {
			headers: { Cookie: `galaxysession=${this.session.key}` },
			perMessageDeflate: false,
		});
	}

	/** Drops the connections that wait for a next request. */
	close(): void {
		this.#agent.destroy();
	}
}

async function read(incoming: IncomingMessage): Promise<Reply> {
	const chunks: Buffer[] = [];
	for await (const chunk of incoming) chunks.push(chunk as Buffer);
	return {
		status: incoming.statusCode ?? 0,
		environment: environmentOf(incoming),
		body: Buffer.concat(chunks),
	};
}

export function environmentOf(incoming: IncomingMessage): string {
	const name = incoming.headers["x-environment"];
	return typeof name === "string" ? name : "";
}
