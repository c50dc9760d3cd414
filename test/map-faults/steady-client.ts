import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { as, connect, request } from "../support/client.js";
import { Changes } from "../support/wait.js";

/** A container's name, or the proxy's status. */
export type Answer = string;

/** Milliseconds between an answer and the session's next request: a page that polls, not a measurement. */
const REST_MS = 15;

interface Asked {
	/** The allowed answers to a request that is sent now. */
	allowed: readonly Answer[];
	/** The allowed answers to the request in flight: all that were allowed since it was sent. */
	inFlight: Answer[];
	/** In order. */
	readonly answers: Answer[];
	last: Answer;
}

/** Keeps asking for its sessions, each on its own connection, and checks every answer. */
export class SteadyClient {
	/** Answers that were not allowed, with those that were. */
	readonly wrong: string[] = [];
	/** Milliseconds of the slowest answer. */
	slowest = 0;
	readonly #sessions = new Map<string, Asked>();
	readonly #answered = new Changes();
	readonly #loops: Promise<void>[] = [];
	#ended = false;

	readonly #t: TestContext;
	readonly #port: number;

	constructor(t: TestContext, port: number) {
		this.#t = t;
		this.#port = port;
		t.after(() => {
			this.#ended = true;
		});
	}

	/** Starts asking for a session. */
	ask(session: string, ...allowed: Answer[]): void {
		const asked: Asked = { allowed, inFlight: [], answers: [], last: "" };
		this.#sessions.set(session, asked);
		this.#loops.push(this.#askOn(session, asked));
	}

	/** From now on these answers are allowed; a request in flight may still get an earlier one. */
	expect(session: string, ...allowed: Answer[]): void {
		const asked = this.#asked(session);
		asked.allowed = allowed;
		asked.inFlight.push(...allowed);
	}

	/** Waits for answers to `count` requests of the session that are sent from now on. */
	async answers(session: string, count = 1): Promise<Answer> {
		const asked = this.#asked(session);
		// One may be in flight.
		const until = asked.answers.length + 1 + count;
		await this.#answered.wait(
			`${count} answers to ${session}`,
			() => asked.answers.length >= until || undefined,
			() => `${asked.answers.length - until + count}: ${asked.last}`,
		);
		return asked.last;
	}

	/** Waits until the session's last answer is this one. */
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
		if (asked === undefined)
			throw new Error(`session ${session} is not asked for`);
		return asked;
	}

	async #askOn(session: string, asked: Asked): Promise<void> {
		const client = await connect(this.#t, this.#port);
		const text = as(session, request(`GET /${session}`));
		while (!this.#ended) {
			asked.inFlight = [...asked.allowed];
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
			if (!asked.inFlight.includes(asked.last))
				this.wrong.push(`${session}: ${asked.last}, not ${asked.inFlight}`);
			this.#answered.notify();
			await pause(REST_MS);
		}
	}
}
