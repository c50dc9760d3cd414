import { closeSync } from "node:fs";
import {
	type Fact,
	type FactKind,
	type Group,
	type Order,
	PROTOCOL,
	type StartOrder,
	type TunnelDrain,
	WORKER_VARIABLE,
	type Word,
} from "../group.js";
import { KnownFacts } from "../known-facts.js";
import { FIRST_DESCRIPTOR } from "../listening/given-descriptors.js";
import { StartError } from "../log/log.js";
import { VERSION } from "../package.js";
import type { EndReason, Signals } from "../process/signals.js";

/** Milliseconds between two signs of life. */
const ALIVE_MS = 1_000;

/** A worker's end of the channel to its supervisor. */
export class Worker implements Group {
	readonly start: StartOrder;
	readonly turn: Promise<void>;
	readonly #signals: Signals;
	/** The listening sockets that it inherited, until it listens. */
	#descriptors: readonly number[];
	readonly #facts = new KnownFacts();
	readonly #takers = new Map<FactKind, (fact: Fact) => void>();
	readonly #questions = new Map<
		number,
		(answers: readonly unknown[]) => void
	>();
	#asked = 0;
	#onTurn: () => void = () => undefined;
	#answer: (about: unknown) => unknown = () => undefined;
	#report: (isFull: boolean) => unknown = () => undefined;
	/** The orders to drain so far. Two may arrive at once, before the drain has begun. */
	readonly #drains: TunnelDrain[] = [];
	#drainAgain: (tunnels: TunnelDrain) => void = () => undefined;

	/** @param signals that orders raise */
	constructor(start: StartOrder, descriptors: number, signals: Signals) {
		this.start = start;
		this.#signals = signals;
		for (const fact of start.facts) this.#facts.learn(fact);
		this.#descriptors = Array.from(
			{ length: descriptors },
			(_, index) => FIRST_DESCRIPTOR + index,
		);
		this.turn = new Promise((resolve) => {
			this.#onTurn = resolve;
		});
		if (start.worker > 0) this.#onTurn();
		// While it holds them, nobody else gets the address.
		void signals.end.then(() => this.takeSockets().forEach(closeSync));
		setInterval(() => this.alive(), ALIVE_MS).unref();
	}

	/** @returns the descriptors of its listening sockets, which the caller owns from here on; none if it has to end */
	takeSockets(): readonly number[] {
		const descriptors = this.#descriptors;
		this.#descriptors = [];
		return descriptors;
	}

	/** Resolves when this worker may listen, or must end before. */
	async awaitTurn(): Promise<void> {
		if (this.start.worker === 0) this.say({ word: "spare" });
		await Promise.race([this.turn, this.#signals.end]);
	}

	/** Says so with its numbers. Besides once a second, it is called when the worker's readiness changes. */
	alive(): void {
		this.say({ word: "alive", snapshot: this.#report(false) });
	}

	/** Says its last numbers, before its end. */
	last(): void {
		this.say({ word: "last", snapshot: this.#report(false) });
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
		for (const fact of this.#facts.of(kind)) take(fact);
	}

	ask(about: unknown): Promise<readonly unknown[]> {
		if (!process.connected) return Promise.resolve(UNREACHABLE);
		const id = ++this.#asked;
		return new Promise((resolve) => {
			this.#questions.set(id, resolve);
			this.say({ word: "ask", id, about });
		});
	}

	answerBy(answer: (about: unknown) => unknown): void {
		this.#answer = answer;
	}

	/** Reports with its snapshots from now on. isFull: with the session table. */
	reportBy(report: (isFull: boolean) => unknown): void {
		this.#report = report;
	}

	/** The worker drains already: calls it for each order to drain, earlier ones too. */
	drainAgainBy(drain: (tunnels: TunnelDrain) => void): void {
		this.#drainAgain = drain;
		for (const tunnels of this.#drains) drain(tunnels);
	}

	obey(order: Order): void {
		switch (order.word) {
			case "listen":
				this.#onTurn();
				break;
			case "drain":
				this.#drain(
					order.tunnels,
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
				this.#take(order.fact);
				break;
			case "question": {
				const { id, about } = order;
				void Promise.resolve(this.#answer(about)).then((answer) =>
					this.say({ word: "answer", id, answer }),
				);
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

	/** Facts that nobody takes yet are kept for later. */
	#take(fact: Fact): void {
		const take = this.#takers.get(fact.kind);
		if (take === undefined) this.#facts.learn(fact);
		else take(fact);
	}

	supervisorEnded(): void {
		for (const resolve of this.#questions.values()) resolve(UNREACHABLE);
		this.#questions.clear();
		this.#drain("now", "supervisor has ended");
	}

	#drain(tunnels: TunnelDrain, why: EndReason): void {
		this.#drains.push(tunnels);
		this.#drainAgain(tunnels);
		this.#signals.drain(why);
	}
}

/** Nobody knows what the others would answer. */
const UNREACHABLE = [null];

const TOO_LATE = "the supervisor has ended before its worker started";

function ignore(): void {}

/** Opens the worker, once there are signals that its orders can raise. */
export type OpenWorker = (signals: Signals) => Worker;

/**
 * The worker that this process is, if a supervisor started it. Its variable is removed, so that no child takes itself for one.
 * @throws {StartError} if it does not know the supervisor's language, or if the supervisor has ended: without it, this process
 * would take the command line for its own and become a supervisor
 */
export async function workerOf(
	env: NodeJS.ProcessEnv,
): Promise<{ args: readonly string[]; open: OpenWorker } | undefined> {
	const descriptors = Number(env[WORKER_VARIABLE]);
	delete env[WORKER_VARIABLE];
	if (!(descriptors > 0)) return undefined;
	if (!process.connected) throw new StartError(TOO_LATE);
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
		const hello: Word = {
			word: "hello",
			protocol: PROTOCOL,
			version: VERSION,
			node: process.versions.node,
		};
		process.send?.(hello, undefined, {}, ignore);
	});
	if (start === undefined) throw new StartError(TOO_LATE);
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
