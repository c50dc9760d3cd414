import { once } from "node:events";
import type { Socket } from "node:net";
import {
	type ClientView,
	type Exchange,
	judgeAnswer,
} from "./judge-responses.js";
import { NUMBER, OWNER, type Planned } from "./replying-container.js";
import type { Reply } from "./response-grammar.js";
import { segmentsOf, sendApart } from "./sockets.js";

/** One request of a client, and the container's reply. */
export interface Asked {
	/** Unique in a run, in the request and where possible in the response. */
	readonly number: string;
	readonly method: string;
	readonly minor: number;
	readonly upgrades: boolean;
	readonly keeps: boolean;
	readonly reply: Reply;
}

/** The requests of one client on one connection. */
export interface ResponseCase {
	readonly asked: readonly Asked[];
	/** Where the requests are cut, sent at once; null: each waits for the answer to the one before. */
	readonly cuts: readonly number[] | null;
	/** The client leaves once it has so many bytes; null: it stays. */
	readonly leavesAfter: number | null;
}

export function requestOf(
	{ number, method, minor, upgrades, keeps }: Asked,
	session: string,
): string {
	const body = method === "POST" ? "Content-Length: 2\r\n\r\nhi" : "\r\n";
	const options = upgrades
		? "Connection: Upgrade\r\nUpgrade: websocket\r\n"
		: keeps
			? minor === 0
				? "Connection: keep-alive\r\n"
				: ""
			: "Connection: close\r\n";
	return `${method} ${NUMBER}${number} HTTP/1.${minor}\r\nHost: x\r\nCookie: galaxysession=${session}\r\n${OWNER}: ${session}\r\n${options}${body}`;
}

/** One client on one connection, judging each answer as it comes. */
export class ResponseClient {
	readonly problems: string[] = [];
	#view: ClientView = { bytes: "", end: "open" };
	#at = 0;
	#next = 0;
	#changed = (): void => {};

	readonly #socket: Socket;
	readonly #made: ResponseCase;
	readonly #planned: readonly Planned[];

	constructor(socket: Socket, made: ResponseCase, planned: readonly Planned[]) {
		this.#socket = socket;
		this.#made = made;
		this.#planned = planned;
		socket.setEncoding("latin1").on("data", (text: string) => {
			this.#view = { ...this.#view, bytes: this.#view.bytes + text };
			this.#changed();
		});
		// libuv reports a reset that comes together with data as an end; but a socket that was reset has no peer any more.
		socket.on("end", () =>
			this.#end(socket.remoteAddress === undefined ? "reset" : "fin"),
		);
		socket.on("error", () => this.#end("reset"));
		socket.on("close", () => this.#end("reset"));
	}

	#end(end: "fin" | "reset"): void {
		if (this.#view.end === "open") this.#view = { ...this.#view, end };
		this.#changed();
	}

	giveUp(): void {
		const { number } = this.#made.asked[this.#next] ?? {};
		this.problems.push(
			`request ${number} waited too long; the client has ${JSON.stringify(this.#view)}`,
		);
		this.#changed = () => {};
		this.#socket.destroy();
	}

	async run(session: string): Promise<void> {
		const { asked, cuts } = this.#made;
		const closed = new Promise<void>((resolve) =>
			this.#socket.once("close", () => resolve()),
		);
		await Promise.race([once(this.#socket, "connect"), closed]);
		const requests = asked.map((one) => requestOf(one, session));
		this.#changed = () => {
			const before = this.#next;
			if (this.#leaves() || this.#look()) {
				this.#changed = () => {};
				this.#socket.destroy();
			} else if (cuts === null && this.#next > before)
				this.#socket.write(requests[this.#next] ?? "", "latin1");
		};
		if (cuts === null) this.#socket.write(requests[0] ?? "", "latin1");
		else await sendApart(this.#socket, segmentsOf(requests.join(""), cuts));
		this.#changed();
		await closed;
	}

	#leaves(): boolean {
		const { leavesAfter } = this.#made;
		return leavesAfter !== null && this.#view.bytes.length >= leavesAfter;
	}

	/** @returns whether nothing more is to come */
	#look(): boolean {
		while (this.#next < this.#planned.length) {
			const judged = judgeAnswer(this.#exchange(), this.#view, this.#at);
			if (judged.kind === "waiting") return false;
			if (judged.kind === "wrong") {
				this.problems.push(judged.problem);
				return true;
			}
			this.#at = judged.at;
			this.#next++;
			if (judged.over) break;
		}
		if (this.#view.bytes.length > this.#at)
			this.problems.push(
				`after the last answer came ${JSON.stringify(this.#view.bytes.slice(this.#at))}`,
			);
		return true;
	}

	#exchange(): Exchange {
		const asked = this.#made.asked[this.#next] as Asked;
		const plan = this.#planned[this.#next] as Planned;
		const { number, method, minor, upgrades } = asked;
		return {
			number,
			asking: { isHead: method === "HEAD", minor, upgrades },
			outcome: plan.outcome,
			retried: plan.asked > 1,
			// A connection that was reset did not bring it.
			lost: plan.lost || plan.asked === 0,
		};
	}
}
