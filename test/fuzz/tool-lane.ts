import { connect } from "node:net";
import { literal, newTally, type Tally, type Worker } from "./fuzz-run.js";
import { type Answered, judgeTool } from "./judge-tools.js";
import type { Patience } from "./patience.js";
import type { Random } from "./random.js";
import { cutsOf, segmentsOf, sendApart } from "./sockets.js";
import { valuesOf } from "./strict.js";
import { readResponse } from "./strict-response.js";
import type { Received } from "./tool-container.js";
import { type Ask, makeAsk } from "./tool-grammar.js";
import type { ToolSubject } from "./tool-subject.js";

/** The requests of one client on one connection. */
export interface ToolCase {
	readonly asks: readonly Ask[];
	readonly cuts: readonly number[];
	/** The client resets the connection as soon as it has sent them. */
	readonly resets: boolean;
}

/** What the lanes of a run share. */
export interface ToolPlace {
	readonly subject: ToolSubject;
	/** What the containers received, by serial. */
	readonly received: Map<string, Received>;
	/** What the containers found wrong since the last call. */
	takeProblems(): string[];
}

const MOST_ASKS = 64;
const PING = "ping";

/** Runs cases one after another: a client that asks for many tools on one connection. */
export class ToolLane implements Worker<ToolCase> {
	readonly side = "tools";
	readonly #place: ToolPlace;
	readonly #patience: Patience;
	readonly #tally: Tally;
	#serial = 0;
	readonly #name: string;

	constructor(
		place: ToolPlace,
		patience: Patience,
		name: string,
		tally = newTally(),
	) {
		this.#place = place;
		this.#patience = patience;
		this.#name = name;
		this.#tally = tally;
	}

	make(random: Random): ToolCase {
		// Of one length: a case is the same whatever the other lanes have done.
		const serial = (): string =>
			`${this.#name}-${`${++this.#serial}`.padStart(7, "0")}`.padStart(10, "0");
		const asks: Ask[] = [];
		while (asks.length < MOST_ASKS && random.chance(0.98))
			asks.push(makeAsk(random, serial(), false));
		asks.push(makeAsk(random, serial(), true));
		const text = asks.map((ask) => ask.text).join("");
		const cuts = random.chance(0.2) ? cutsOf(random, text) : [];
		return { asks, cuts, resets: random.chance(0.03) };
	}

	async judge({ asks, cuts, resets }: ToolCase): Promise<string[]> {
		const { received, subject } = this.#place;
		const bytes = asks.map((ask) => ask.text).join("");
		const conversed = await this.#converse(segmentsOf(bytes, cuts), resets);
		const answers = answersTo(asks, conversed.text, received);
		const problems = answers.answered.flatMap(judgeTool);
		if (answers.problem !== "" && !resets) problems.push(answers.problem);
		if (conversed.hung) problems.push("the client waited too long");
		for (const { serial } of asks) received.delete(serial);
		this.#tally.messages += asks.length;
		problems.push(...this.#place.takeProblems(), ...subject.takeFaults());
		return problems;
	}

	/** Sends all, and reads until the connection ends; in a tunnel it waits for an echo, and ends it. */
	async #converse(segments: readonly string[], resets: boolean) {
		const { port } = this.#place.subject;
		const socket = connect({ host: "127.0.0.1", port, noDelay: true });
		let text = "";
		let hung = false;
		let isTunnel = false;
		const relax = this.#patience.wait(() => {
			hung = true;
			socket.destroy();
		});
		const closed = new Promise<void>((resolve) => {
			socket.once("close", () => resolve());
		});
		socket.setEncoding("latin1").on("data", (more: string) => {
			text += more;
			if (!isTunnel && text.includes("HTTP/1.1 101 ")) {
				isTunnel = true;
				socket.write(PING);
			}
			if (isTunnel && text.endsWith(`:${PING}`)) socket.end();
		});
		socket.on("error", () => socket.destroy());
		await sendApart(socket, segments);
		if (resets) socket.resetAndDestroy();
		await closed;
		relax();
		return { text, hung };
	}

	smaller({ asks, ...rest }: ToolCase): ToolCase[] {
		const fewer = asks.map((_, at) => ({
			...rest,
			asks: asks.filter((_, index) => index !== at),
		}));
		return asks.length > 1
			? [...fewer.reverse(), { ...rest, asks, cuts: [] }]
			: [];
	}

	paste({ asks, cuts, resets }: ToolCase): string {
		const texts = asks.map(({ text }) => literal(text)).join(",\n");
		return `${JSON.stringify({ cuts, resets })}\n${texts}`;
	}
}

/** Assigns the answers to their requests. */
function answersTo(
	asks: readonly Ask[],
	text: string,
	received: ReadonlyMap<string, Received>,
): { answered: Answered[]; problem: string } {
	let at = 0;
	let isOver = false;
	let problem = "";
	const answered = asks.map((ask): Answered => {
		const one = { ask, received: received.get(ask.serial) };
		const none = { ...one, response: undefined };
		if (isOver) return none;
		for (;;) {
			const step = readResponse(text, at, ask, true);
			if (step.kind !== "message") {
				isOver = true;
				if (!one.received?.misbehaved)
					problem = `no answer to ${literal(ask.text)}: ${literal(text.slice(at, at + 300))}`;
				return none;
			}
			const { response, end } = step;
			at = end;
			if (response.status < 200 && response.status !== 101) continue;
			const options = valuesOf(response.fields, "connection").join();
			isOver = response.status === 101 || /close/i.test(options);
			if (
				response.status === 101 &&
				!text.slice(at).startsWith(`${one.received?.key}:`)
			)
				problem = `the tunnel of ${one.received?.key} says ${literal(text.slice(at))}`;
			return { ...one, response };
		}
	});
	return { answered, problem };
}
