import {
	type Fact,
	type FactKind,
	type Facts,
	type Order,
	PROTOCOL,
	type StartOrder,
	WORKER_VARIABLE,
	type Word,
} from "../group.js";
import { FIRST_DESCRIPTOR } from "../listening/given-descriptors.js";
import { StartError } from "../log/log.js";
import { VERSION } from "../package.js";
import type { Signals } from "../process/signals.js";

/** A worker's end of the channel to its supervisor. */
export class Worker implements Facts {
	readonly start: StartOrder;
	/** The listening sockets that it inherited. */
	readonly descriptors: readonly number[];
	/** Resolves when tunnels that were left open by a rolling restart must end. */
	readonly tunnelsEnd: Promise<void>;
	readonly #signals: Signals;
	readonly #facts: Fact[];
	readonly #takers = new Map<FactKind, (fact: Fact) => void>();
	readonly #questions = new Map<
		number,
		(answers: readonly unknown[]) => void
	>();
	#asked = 0;
	#answer: (about: unknown) => unknown = () => undefined;
	#report: (isFull: boolean) => unknown = () => undefined;
	#endTunnels: () => void = () => undefined;

	/** @param signals that orders raise */
	constructor(start: StartOrder, descriptors: number, signals: Signals) {
		this.start = start;
		this.#signals = signals;
		this.#facts = [...start.facts];
		this.descriptors = Array.from(
			{ length: descriptors },
			(_, index) => FIRST_DESCRIPTOR + index,
		);
		this.tunnelsEnd = new Promise((resolve) => {
			this.#endTunnels = resolve;
		});
	}

	/** Without a supervisor that listens any more, words are lost. */
	say(word: Word): void {
		if (process.connected) process.send?.(word, undefined, {}, ignore);
	}

	tell(fact: Fact): void {
		this.say({ word: "fact", fact });
	}

	onFact(kind: FactKind, take: (fact: Fact) => void): void {
		this.#takers.set(kind, take);
		for (const fact of this.#facts) if (fact.kind === kind) take(fact);
	}

	/** Asks all other workers. @returns their answers; a silent worker gives none */
	ask(about: unknown): Promise<readonly unknown[]> {
		if (!process.connected) return Promise.resolve([]);
		const id = ++this.#asked;
		return new Promise((resolve) => {
			this.#questions.set(id, resolve);
			this.say({ word: "ask", id, about });
		});
	}

	/** Answers the questions of other workers with it from now on. */
	answerBy(answer: (about: unknown) => unknown): void {
		this.#answer = answer;
	}

	/** Reports with its snapshots from now on. isFull: with the session table. */
	reportBy(report: (isFull: boolean) => unknown): void {
		this.#report = report;
	}

	obey(order: Order): void {
		switch (order.word) {
			case "drain":
				if (order.tunnels === "now") this.#endTunnels();
				this.#signals.drain(
					order.tunnels === "rolling" ? "rolling restart" : "order",
				);
				break;
			case "stop":
				this.#signals.drain("order");
				this.#signals.stop();
				break;
			case "reload":
				this.#signals.raise("SIGHUP");
				break;
			case "reopen":
				this.#signals.raise("SIGUSR1");
				break;
			case "report": {
				const { id, isFull } = order;
				this.say({ word: "report", id, snapshot: this.#report(isFull) });
				break;
			}
			case "fact":
				this.#facts.push(order.fact);
				this.#takers.get(order.fact.kind)?.(order.fact);
				break;
			case "question": {
				const { id, about } = order;
				this.say({ word: "answer", id, answer: this.#answer(about) });
				break;
			}
			case "answers":
				this.#questions.get(order.id)?.(order.answers);
				this.#questions.delete(order.id);
				break;
			// Of a later supervisor, or the start.
			default:
				break;
		}
	}

	supervisorEnded(): void {
		this.#endTunnels();
		for (const resolve of this.#questions.values()) resolve([]);
		this.#questions.clear();
		this.#signals.drain("supervisor has ended");
	}
}

function ignore(): void {}

/** Opens the worker, once there are signals that its orders can raise. */
export type OpenWorker = (signals: Signals) => Worker;

/**
 * The worker that this process is, if a supervisor started it. Its variable is removed, so that no child takes itself for one.
 * @throws {StartError} if it does not know the supervisor's language
 */
export async function workerOf(
	env: NodeJS.ProcessEnv,
): Promise<{ args: readonly string[]; open: OpenWorker } | undefined> {
	const descriptors = Number(env[WORKER_VARIABLE]);
	delete env[WORKER_VARIABLE];
	if (!process.connected || !(descriptors > 0)) return undefined;
	let worker: Worker | undefined;
	const early: Order[] = [];
	const start = await new Promise<StartOrder | undefined>((resolve) => {
		process.on("message", (order: Order) => {
			if (order.word === "start") resolve(order);
			else if (worker === undefined) early.push(order);
			else worker.obey(order);
		});
		process.once("disconnect", () => {
			resolve(undefined);
			worker?.supervisorEnded();
		});
		process.send?.({
			word: "hello",
			protocol: PROTOCOL,
			version: VERSION,
			node: process.versions.node,
		} satisfies Word);
	});
	if (start === undefined)
		throw new StartError("the supervisor has ended before its worker started");
	const { protocol, version, args } = start;
	if (protocol !== PROTOCOL && protocol !== PROTOCOL - 1)
		throw new StartError(
			`version ${VERSION} cannot be a worker of a supervisor of version ${version}: restart the daemon as a whole`,
		);
	return {
		args,
		open(signals) {
			worker = new Worker(start, descriptors, signals);
			for (const order of early) worker.obey(order);
			if (!process.connected) worker.supervisorEnded();
			return worker;
		},
	};
}
