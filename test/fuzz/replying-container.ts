import { once } from "node:events";
import {
	type AddressInfo,
	createServer,
	type Server,
	type Socket,
} from "node:net";
import type { Outcome } from "./container-response.js";
import type { Reply } from "./response-grammar.js";
import { segmentsOf, sendApart } from "./segments.js";
import { valuesOf } from "./strict.js";
import { readRequest } from "./strict-request.js";

/** What the container is to do with the request of this number. */
export interface Planned extends Reply {
	readonly outcome: Outcome;
	/** How often it was asked. */
	asked: number;
	/** It was asked on a connection that the container was about to end. */
	lost: boolean;
}

/** The field that says whose request it is: the session cookie does not go out. */
export const OWNER = "X-Owner";
/** Where a request says its number. */
export const NUMBER = "/number/";

class Connection {
	rest = "";
	owner = "";
	requests = 0;
	replying = false;
	/** Why no request may come on it any more. */
	spoilt = "";
	ended = false;

	constructor(readonly socket: Socket) {}
}

/** A container that replies to each request as it was planned, and notes what a connection must not be used for. */
export class ReplyingContainer {
	readonly plans = new Map<string, Planned>();
	problems: string[] = [];
	port = 0;
	private readonly connections = new Set<Connection>();
	private readonly server: Server;

	constructor() {
		this.server = createServer(
			{ noDelay: true, allowHalfOpen: true },
			(socket) => this.accept(socket),
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
		const connection = new Connection(socket);
		this.connections.add(connection);
		socket.setEncoding("latin1");
		socket.on("data", (text: string) => this.take(connection, text));
		socket.on("end", () => socket.end());
		socket.on("error", () => socket.destroy());
		socket.on("close", () => this.connections.delete(connection));
	}

	private take(connection: Connection, text: string): void {
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
		if (connection.owner !== "" && connection.owner !== owner)
			this.problems.push(
				`a connection of session ${connection.owner} carried a request of ${owner}`,
			);
		connection.owner = owner;
		if (connection.spoilt !== "")
			this.problems.push(
				`request ${number} came on a connection behind ${connection.spoilt}`,
			);
		if (connection.replying)
			this.problems.push(
				`request ${number} came on a connection whose answer was not over`,
			);
		if (plan === undefined) return;
		connection.requests++;
		if (++plan.asked > 1) this.replyAgain(connection, number, plan);
		else if (connection.ended) plan.lost = true;
		else void this.reply(connection, number, plan);
	}

	/** Only where the first try ended without a byte may there be a second. */
	private replyAgain(
		connection: Connection,
		number: string,
		plan: Planned,
	): void {
		if (plan.bytes !== "" && !plan.lost)
			this.problems.push(`request ${number} was sent twice`);
		connection.socket.write(
			`HTTP/1.1 200 OK\r\nContent-Length: ${number.length}\r\n\r\n${number}`,
			"latin1",
		);
	}

	private async reply(
		connection: Connection,
		number: string,
		{ bytes, cuts, ending, outcome }: Planned,
	): Promise<void> {
		const { socket } = connection;
		if (!outcome.reusable)
			connection.spoilt = `answer ${number} (${outcome.rule || outcome.kind})`;
		connection.replying = true;
		if (bytes !== "") await sendApart(socket, segmentsOf(bytes, cuts));
		connection.replying = false;
		if (ending === "open") return;
		connection.ended = true;
		if (ending === "fin") socket.end();
		else socket.resetAndDestroy();
	}
}
