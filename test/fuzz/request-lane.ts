import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Conversation, conversationOf } from "./conversation.js";
import type { Outlook } from "./forwarded.js";
import { judgeRequests, type Seen } from "./judge-requests.js";
import type { Patience } from "./patience.js";
import type { Random } from "./random.js";
import { type Arrival, RecordingContainer } from "./recording-container.js";
import { lastRequest, requestText } from "./request-grammar.js";
import { cutsOf, segmentsOf, sendApart } from "./sockets.js";
import { readResponse } from "./strict-response.js";
import { type Subject, startSubject } from "./subject.js";

/** What one client sends on one connection. */
export interface RequestCase {
	/** Bytes (latin1) of each message, good or not. */
	readonly messages: readonly string[];
	/** Where they are cut into segments. */
	readonly cuts: readonly number[];
}

export interface RequestVerdict {
	readonly expected: Conversation;
	readonly arrivals: readonly Arrival[];
	/** What is wrong, in words. */
	readonly problems: readonly string[];
}

const COOKIE = "galaxysession";

/** The session of a lane's client; the same one in each, so that a case can be told without its lane. */
const SESSION = "5e551on5ecret";

/** A client, a proxy and a container of their own: cases one after the other, so that what arrives belongs to the case. */
export class RequestLane {
	#look = (): void => {};
	readonly #container = new RecordingContainer(() => this.#look());
	#subject: Subject | undefined;

	readonly #patience: Patience;
	readonly #trusted: boolean;

	/** trusted: X-Forwarded fields of the client are believed. */
	constructor(patience: Patience, trusted: boolean) {
		this.#patience = patience;
		this.#trusted = trusted;
	}

	async start(): Promise<this> {
		await this.#container.listen();
		this.#subject = await startSubject({
			trustProxy: this.#trusted ? ["loopback"] : [],
			keepAlive: this.#trusted ? "always" : "auto",
		});
		const { port } = this.#container;
		this.#subject.sessions.set(SESSION, { host: "127.0.0.1", port });
		return this;
	}

	stop(): void {
		this.#subject?.stop();
		this.#container.close();
	}

	/** A case from its seed: a few requests, and one that ends the connection. */
	make(random: Random): RequestCase {
		const asker = { cookie: COOKIE, session: SESSION };
		const messages: string[] = [];
		do messages.push(requestText(asker, random));
		while (messages.length < 12 && random.chance(0.85));
		messages.push(lastRequest(asker));
		let text = messages.join("");
		if (random.chance(0.05)) {
			text = text.slice(0, random.below(text.length));
			return { messages: [text], cuts: cutsOf(random, text) };
		}
		return { messages, cuts: cutsOf(random, text) };
	}

	async judge({ messages, cuts }: RequestCase): Promise<RequestVerdict> {
		const container = this.#container;
		const bytes = messages.join("");
		const expected = conversationOf(bytes, COOKIE, SESSION);
		const socket = connect({
			host: "127.0.0.1",
			port: this.#port,
			noDelay: true,
		});
		const seen = await this.#converse(
			socket,
			segmentsOf(bytes, cuts),
			expected,
		);
		const { arrivals, broken, tunnels, problems } = container.takeAll();
		const outlook: Outlook = {
			cookie: COOKIE,
			trusted: this.#trusted,
			target: `127.0.0.1:${container.port}`,
		};
		const judged = judgeRequests(
			expected,
			{ ...seen, arrivals, broken, tunnels },
			outlook,
		);
		const faults = this.#subject?.takeFaults() ?? [];
		return {
			expected,
			arrivals,
			problems: [...problems, ...judged, ...faults],
		};
	}

	get #port(): number {
		return this.#subject?.port ?? 0;
	}

	async #converse(
		socket: Socket,
		segments: readonly string[],
		expected: Conversation,
	): Promise<Pick<Seen, "answer" | "hung">> {
		let answer = "";
		let hung = false;
		const closed = new Promise<void>((resolve) =>
			socket.once("close", () => resolve()),
		);
		const relax = this.#patience.wait(() => {
			hung = true;
			socket.destroy();
		});
		socket.setEncoding("latin1").on("data", (text: string) => {
			answer += text;
			this.#look();
		});
		socket.on("error", () => socket.destroy());
		await Promise.race([once(socket, "connect"), closed]);
		await sendApart(socket, segments);
		this.#look = () => {
			if (isServed(expected, answer, this.#container)) socket.end();
		};
		this.#look();
		await closed;
		this.#look = () => {};
		relax();
		// What the proxy wrote to the container before it closed is read in these turns.
		for (let turn = 0; turn < 3; turn++) await nextTurn();
		return { answer, hung };
	}
}

/** Whether nothing more can be expected, so that the client may leave. Where the proxy must end the connection it waits. */
function isServed(
	{ exchanges, begun, end, rest }: Conversation,
	answer: string,
	container: RecordingContainer,
): boolean {
	if (end === "closed" || end === "refused") return false;
	const due = exchanges.map(({ request }) => request.method === "HEAD");
	if (begun?.forwards === false) due.push(begun.request.method === "HEAD");
	let at = 0;
	for (const isHead of due) {
		const step = readResponse(answer, at, { isHead, minor: 1 }, false);
		if (step.kind !== "message") return step.kind === "bad";
		at = step.end;
	}
	if (end === "open") return true;
	const carried = [...container.connections].map(({ tunnel }) => tunnel);
	return carried.some((tunnel) => (tunnel?.length ?? -1) >= rest.length);
}
