import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Conversation, conversationOf, isServed } from "./conversation.js";
import { disagreement } from "./differences.js";
import type { Outlook } from "./forwarded.js";
import { literal, newTally, type Tally, type Worker } from "./fuzz-run.js";
import { judgeRequests, type Seen } from "./judge-requests.js";
import type { Llhttp } from "./llhttp.js";
import type { Patience } from "./patience.js";
import type { Random } from "./random.js";
import { type Arrival, RecordingContainer } from "./recording-container.js";
import { lastRequest, requestText } from "./request-grammar.js";
import {
	misreadings,
	onOneConnection,
	type SecondReader,
} from "./second-readers.js";
import { cutsOf, segmentsOf, sendApart } from "./sockets.js";
import { type Subject, startSubject } from "./subject.js";

/** The messages of one client on one connection. */
export interface RequestCase {
	/** Bytes (latin1) of each message, good or not. */
	readonly messages: readonly string[];
	/** Where they are cut into segments. */
	readonly cuts: readonly number[];
}

const COOKIE = "galaxysession";

/** The same session in each lane, so that a case can be repeated in any. */
const SESSION = "5e551on5ecret";

/** The other readers of a lane's requests. */
export interface Readers {
	readonly llhttp: Llhttp;
	/** They read the requests that the container received. */
	readonly others: readonly SecondReader[];
}

/** The reader checks one case in so many: processes other than ours read slower. */
const EVERY: Record<string, number> = {
	...{ "node:http": 2, Python: 12, nginx: 40, HAProxy: 40 },
};

/** A client, a proxy and a container, which run cases one after another, so that every arrival belongs to the case. */
export class RequestLane implements Worker<RequestCase> {
	readonly side = "requests";
	#look = (): void => {};
	readonly #container = new RecordingContainer(() => this.#look());
	#subject: Subject | undefined;
	readonly #patience: Patience;
	readonly #trusted: boolean;
	readonly #readers: Readers;
	readonly #tally: Tally;

	/** trusted: X-Forwarded fields of the client are believed. */
	constructor(
		patience: Patience,
		trusted: boolean,
		readers: Readers,
		tally = newTally(),
	) {
		this.#patience = patience;
		this.#trusted = trusted;
		this.#readers = readers;
		this.#tally = tally;
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

	async judge({ messages, cuts }: RequestCase, index = 0): Promise<string[]> {
		const container = this.#container;
		const bytes = messages.join("");
		const expected = conversationOf(bytes, COOKIE, SESSION);
		const conversed = await this.#converse(segmentsOf(bytes, cuts), expected);
		const { problems, ...recorded } = container.takeAll();
		const outlook: Outlook = {
			cookie: COOKIE,
			trusted: this.#trusted,
			target: `127.0.0.1:${container.port}`,
		};
		const seen = { ...conversed, ...recorded };
		problems.push(...judgeRequests(expected, seen, outlook));
		problems.push(...(this.#subject?.takeFaults() ?? []));
		// Bytes after a refusal or a last request are no message.
		const { exchanges, end } = expected;
		this.#tally.messages += exchanges.length + (end === "refused" ? 1 : 0);
		const theirs = await this.#readers.llhttp.read(bytes);
		const parted = disagreement(expected, theirs);
		if (parted !== null) problems.push(parted);
		problems.push(...(await this.#reread(recorded.arrivals, index)));
		return problems;
	}

	async #reread(arrivals: readonly Arrival[], index: number) {
		const problems: string[] = [];
		const sent = onOneConnection(arrivals);
		if (sent.length === 0) return problems;
		const { readings: counts } = this.#tally;
		for (const { name, read } of this.#readers.others) {
			if (index % (EVERY[name] ?? 1) !== 0) continue;
			const readings = await read(sent);
			counts[name] = (counts[name] ?? 0) + readings.length;
			problems.push(...misreadings(name, sent, readings));
		}
		return problems;
	}

	async #converse(
		segments: readonly string[],
		expected: Conversation,
	): Promise<Pick<Seen, "answer" | "hung">> {
		const port = this.#subject?.port ?? 0;
		const socket = connect({ host: "127.0.0.1", port, noDelay: true });
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
		const tunnels = () =>
			[...this.#container.connections].map(({ tunnel }) => tunnel);
		this.#look = () => {
			if (isServed(expected, answer, tunnels())) socket.end();
		};
		this.#look();
		await closed;
		this.#look = () => {};
		relax();
		// In these turns the container reads the proxy's last bytes.
		for (let turn = 0; turn < 3; turn++) await nextTurn();
		return { answer, hung };
	}

	/** In one segment; without one message; without one line. */
	smaller({ messages, cuts }: RequestCase): RequestCase[] {
		const fewer = messages.map((_, i) => messages.filter((_, j) => j !== i));
		const shorter = messages.flatMap((message, i) => {
			const lines = message.split("\r\n");
			return lines.map((_, line) => {
				const kept = lines.filter((_, j) => j !== line).join("\r\n");
				return messages.map((each, j) => (j === i ? kept : each));
			});
		});
		const inOne = cuts.length > 0 ? [{ messages, cuts: [] }] : [];
		const cut = [...fewer, ...shorter]
			.filter((each) => each.length > 0)
			.map((each) => ({ messages: each, cuts }));
		return [...inOne, ...cut];
	}

	paste({ messages, cuts }: RequestCase): string {
		const lines = messages.map((one) => `\t${literal(one)},`).join("\n");
		return `await requestProblems({\n messages: [\n${lines}\n ],\n cuts: ${JSON.stringify(cuts)},\n})`;
	}
}
