import type { Socket } from "node:net";
import type { Outcome } from "./container-response.js";
import type { Reply } from "./response-grammar.js";
import { type Listening, listen, segmentsOf, sendApart } from "./sockets.js";
import { valuesOf } from "./strict.js";
import { readRequest } from "./strict-request.js";

/** How the container answers the request of this number. */
export interface Planned extends Reply {
	readonly outcome: Outcome;
	/** How often it was sent. */
	asked: number;
	/** It was sent on a connection that the container was about to end. */
	lost: boolean;
}

/** The field that names the session, since the session cookie is not forwarded. */
export const OWNER = "X-Owner";
/** A request's target is this and its number. */
export const NUMBER = "/number/";

class Connection {
	rest = "";
	owner = "";
	requests = 0;
	replying = false;
	/** Why it must not be used again. */
	spoilt = "";
	ended = false;

	constructor(readonly socket: Socket) {}
}

/** A container that replies to each request as planned, and notes every wrong use of a connection. */
export class ReplyingContainer {
	readonly plans = new Map<string, Planned>();
	problems: string[] = [];
	#server: Listening | undefined;

	get port(): number {
		return this.#server?.port ?? 0;
	}

	async listen(): Promise<void> {
		const halfOpen = { allowHalfOpen: true };
		this.#server = await listen((socket) => {
			const connection = new Connection(socket);
			socket.on("data", (text: string) => this.#take(connection, text));
			socket.on("end", () => socket.end());
		}, halfOpen);
	}

	close(): void {
		this.#server?.close();
	}

	#take(connection: Connection, text: string): void {
		connection.rest += text;
		const step = readRequest(connection.rest, 0);
		if (step.kind === "refused")
			this.problems.push(`the container was sent ${JSON.stringify(text)}`);
		if (step.kind !== "message") return;
		connection.rest = connection.rest.slice(step.end);
		const { fields, target } = step.request;
		const number = target.split(NUMBER)[1] ?? "";
		const [owner = ""] = valuesOf(fields, OWNER.toLowerCase());
		const plan = this.plans.get(number);
		const note = (what: string) =>
			this.problems.push(`request ${number} came on a connection ${what}`);
		if (connection.owner !== "" && connection.owner !== owner)
			note(`of session ${connection.owner}, and is of ${owner}`);
		connection.owner = owner;
		if (connection.spoilt !== "") note(`after ${connection.spoilt}`);
		if (connection.replying) note("whose answer was not complete");
		if (plan === undefined) return;
		connection.requests++;
		if (++plan.asked > 1) this.#replyAgain(connection, number, plan);
		else if (connection.ended) plan.lost = true;
		else void this.#reply(connection, number, plan);
	}

	/** Allowed only where the first try ended without a byte. */
	#replyAgain(connection: Connection, number: string, plan: Planned): void {
		if (plan.bytes !== "" && !plan.lost)
			this.problems.push(`request ${number} was sent twice`);
		connection.socket.write(
			`HTTP/1.1 200 OK\r\nContent-Length: ${number.length}\r\n\r\n${number}`,
			"latin1",
		);
	}

	async #reply(
		connection: Connection,
		number: string,
		{ bytes, cuts, ending, outcome }: Planned,
	): Promise<void> {
		const { socket } = connection;
		if (!outcome.reusable)
			connection.spoilt = `answer ${number} (${outcome.rule || outcome.kind})`;
		connection.replying = true;
		// The next request may come as soon as the last byte has been sent.
		const sent = () => {
			connection.replying = false;
		};
		if (bytes !== "") await sendApart(socket, segmentsOf(bytes, cuts), sent);
		sent();
		if (ending === "open") return;
		connection.ended = true;
		if (ending === "fin") socket.end();
		else socket.resetAndDestroy();
	}
}
