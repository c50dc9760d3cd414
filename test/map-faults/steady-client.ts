import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";
import { Changes } from "../support/wait.js";

/** What came back: a container's name, or the proxy's status. */
export type Answer = string;

/** Milliseconds between an answer and the session's next request: a page that polls, not a measurement. */
const REST_MS = 15;

interface Asked {
	/** What may come back to a request that is sent now. */
	allowed: readonly Answer[];
	/** What may come back to the request that is under way: whatever was true since it was sent. */
	underWay: Answer[];
	/** In order. */
	readonly answers: Answer[];
	last: Answer;
}

/** Asks for its sessions all the time, each on a connection of its own, and judges every answer when it comes. */
export class SteadyClient {
	/** What came back and was not allowed, with what was. */
	readonly wrong: string[] = [];
	/** Milliseconds of the slowest answer. */
	slowest = 0;
	readonly #sessions = new Map<string, Asked>();
	readonly #answered = new Changes();
	readonly #loops: Promise<void>[] = [];
	#ended = false;

	constructor(
		private readonly t: TestContext,
		private readonly port: number,
	) {
		t.after(() => {
			this.#ended = true;
		});
	}

	/** Begins to ask for a session. */
	ask(session: string, ...allowed: Answer[]): void {
		const asked: Asked = { allowed, underWay: [], answers: [], last: "" };
		this.#sessions.set(session, asked);
		this.#loops.push(this.#askOn(session, asked));
	}

	/** From now on the session is answered so; a request that is under way may still be answered as before. */
	expect(session: string, ...allowed: Answer[]): void {
		const asked = this.#asked(session);
		asked.allowed = allowed;
		asked.underWay.push(...allowed);
	}

	/** Waits for the session's first request that is sent from now on to be answered, `count` times over. */
	async answers(session: string, count = 1): Promise<Answer> {
		const asked = this.#asked(session);
		// One may be under way.
		const until = asked.answers.length + 1 + count;
		await this.#answered.wait(
			`${count} answers to ${session}`,
			() => asked.answers.length >= until || undefined,
			() => `${asked.answers.length - until + count}: ${asked.last}`,
		);
		return asked.last;
	}

	/** Waits for the session's next answer of this kind; at once where that was its last one. */
	async until(session: string, answer: Answer): Promise<void> {
		const asked = this.#asked(session);
		await this.#answered.wait(
			`${answer} for ${session}`,
			() => asked.last === answer || undefined,
			() => `${asked.answers.length} answers, the last ${asked.last}`,
		);
	}

	/** Every answer since the last call, counted: "abc 120 A, leaves 3 503". */
	tally(): string {
		const lines = [...this.#sessions].flatMap(([session, { answers }]) => {
			const counts = new Map<Answer, number>();
			for (const each of answers.splice(0))
				counts.set(each, (counts.get(each) ?? 0) + 1);
			return [...counts].map(([answer, n]) => `${session} ${n} ${answer}`);
		});
		return lines.join(", ");
	}

	async end(): Promise<void> {
		this.#ended = true;
		await Promise.all(this.#loops);
	}

	#asked(session: string): Asked {
		const asked = this.#sessions.get(session);
		if (asked === undefined) throw new Error(`nobody asks for ${session}`);
		return asked;
	}

	async #askOn(session: string, asked: Asked): Promise<void> {
		const client = await connect(this.t, this.port);
		const text = request(`GET /${session}`).replace("=abc", `=${session}`);
		while (!this.#ended) {
			asked.underWay = [...asked.allowed];
			const sent = performance.now();
			const response = await client
				.send(text)
				.response()
				.catch((error: unknown) => {
					if (!this.#ended) throw error;
				});
			if (!response) return;
			const { status, text: body } = response;
			this.slowest = Math.max(this.slowest, performance.now() - sent);
			asked.last = status === 200 ? body : String(status);
			asked.answers.push(asked.last);
			if (!asked.underWay.includes(asked.last))
				this.wrong.push(`${session}: ${asked.last}, not ${asked.underWay}`);
			this.#answered.notify();
			await pause(REST_MS);
		}
	}
}
