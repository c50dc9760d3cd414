import { randomBytes } from "node:crypto";
import type { Config } from "../config/config.js";
import {
	type Order,
	type OwnAddress,
	PROTOCOL,
	type TunnelDrain,
	type Word,
} from "../group.js";
import { KnownFacts } from "../known-facts.js";
import type { BoundSocket } from "../listening/bound-socket.js";
import type { Log } from "../log/log.js";
import { VERSION } from "../package.js";
import { CrashLoop, DEATHS, DEATHS_MS } from "./crash-loop.js";
import { killHungWorkers } from "./hung-workers.js";
import type { GroupAdmin } from "./open-admin.js";
import { OtherVersions } from "./other-versions.js";
import { Questions } from "./questions.js";
import { type Restarted, restartAll } from "./rolling-restart.js";
import { Spare } from "./spare.js";
import { StartRetries } from "./start-retries.js";
import { TimeLimits } from "./time-limits.js";
import {
	type WorkerEnd,
	type WorkerListener,
	WorkerProcess,
} from "./worker-process.js";

/** Milliseconds after which a signal to all processes, as by Ctrl-C or systemd, has reached the supervisor as well. */
const GROUP_SIGNAL_MS = 100;

/** Listening sockets that the supervisor holds; close() gives the address up. */
export type HeldSocket = Pick<BoundSocket, "fd" | "close"> &
	Partial<BoundSocket>;

export interface WorkersParts {
	readonly config: Config;
	/** The command line, which the workers get. */
	readonly args: readonly string[];
	readonly sockets: readonly HeldSocket[];
	readonly log: Log;
	/** The admin listener, to which no row may lead, and its numbers. */
	readonly admin: Pick<GroupAdmin, "at" | "statistics"> | undefined;
}

// Longer than 300 lines: the life of all workers is one state machine.
/**
 * The workers of a supervisor: one for each slot, a spare that takes the place of the next one that dies, and draining ones. It
 * starts them, replaces workers that die or hang, and restarts them one by one.
 */
export class Workers implements WorkerListener, Restarted {
	/** All slots have a worker that serves, for the first time. */
	readonly ready: Promise<void>;
	/** The exit code, once the workers cannot go on. */
	readonly failed: Promise<number>;
	readonly slots: readonly number[];
	readonly #parts: WorkersParts;
	readonly #all = new Set<WorkerProcess>();
	/** By slot: the worker that serves it, or is starting to. */
	readonly #current = new Map<number, WorkerProcess>();
	readonly #spare = new Spare(() =>
		// During a rolling restart it would soon be replaced.
		this.#state === "serving" ? this.start() : undefined,
	);
	readonly #facts = new KnownFacts();
	readonly #mark = randomBytes(8).toString("hex");
	readonly #questions = new Questions();
	readonly #retries: StartRetries;
	readonly #limits: TimeLimits;
	readonly #crashLoop = new CrashLoop();
	readonly #otherVersions: OtherVersions;
	#state: "starting" | "serving" | "rolling" | "ending" = "starting";
	/** A rolling restart follows this state. */
	#isRollDue = false;
	#rolling: Promise<void> | undefined;
	#generation = 1;
	#onReady: () => void = () => undefined;
	#fail: (code: number) => void = () => undefined;
	#onAllGone: () => void = () => undefined;

	/** Starts the workers. drainAll() must follow. */
	constructor(parts: WorkersParts) {
		this.#parts = parts;
		const { workers = 1 } = parts.config;
		this.slots = Array.from({ length: workers }, (_, index) => index + 1);
		this.ready = new Promise((resolve) => {
			this.#onReady = resolve;
		});
		this.failed = new Promise((resolve) => {
			this.#fail = resolve;
		});
		this.#limits = new TimeLimits(parts.config, parts.log);
		this.#otherVersions = new OtherVersions(parts.log);
		this.#retries = new StartRetries(parts.log, (worker) => {
			if (this.#isNeeded(worker)) this.#replace(worker);
		});
		killHungWorkers(this.#all, parts.log);
		for (const slot of this.slots) this.#current.set(slot, this.start(slot));
	}

	/** Every worker that has not ended, draining ones too. */
	get all(): Iterable<WorkerProcess> {
		return this.#all;
	}

	tellAll(order: Order): void {
		for (const worker of this.#all) worker.send(order);
	}

	/** Ends all workers as SIGTERM does. Resolves when they have ended. */
	async drainAll(): Promise<void> {
		this.#state = "ending";
		if (this.#all.size === 0) return;
		const allGone = new Promise<void>((resolve) => {
			this.#onAllGone = resolve;
		});
		// While a worker loads, it cannot give up the address, and connections would be made that nobody accepts.
		for (const worker of this.#all)
			if (worker.state === "starting" && worker.isLoading) worker.kill();
			else this.drain(worker, "sigterm");
		await allGone;
	}

	/** Ends all workers at once. */
	stopAll(): void {
		this.tellAll({ word: "stop" });
		for (const worker of this.#all) this.#limits.stop(worker);
	}

	/**
	 * Replaces the workers one by one with the code and the configuration that are on the disk. Calls during a start or
	 * a rolling restart lead to one further restart. Resolves when the last one has ended.
	 */
	async roll(): Promise<void> {
		this.#isRollDue = true;
		await this.ready;
		this.#rolling ??= this.#roll().finally(() => {
			this.#rolling = undefined;
		});
		await this.#rolling;
	}

	async #roll(): Promise<void> {
		if (this.hasEnded()) return;
		this.#state = "rolling";
		while (this.#isRollDue) {
			this.#isRollDue = false;
			await restartAll(++this.#generation, this, this.#parts.log);
			if (this.hasEnded()) return;
		}
		this.#state = "serving";
		this.#renewSpare();
	}

	succeed(worker: WorkerProcess): void {
		const { slot = 0 } = worker;
		const old = this.#current.get(slot);
		this.#current.set(slot, worker);
		if (old !== undefined) this.drain(old, "rolling");
	}

	hasEnded(): boolean {
		return this.#state === "ending";
	}

	/** Whether it still has its slot, or is the spare. */
	#isNeeded(worker: WorkerProcess): boolean {
		const { slot } = worker;
		if (slot === undefined) return this.#spare.is(worker);
		return this.#current.get(slot) === worker;
	}

	/** Replaces a worker by the spare, and a spare by another spare. */
	#replace({ slot, generation }: WorkerProcess): void {
		if (this.hasEnded()) return;
		if (slot === undefined) {
			this.#spare.prepare();
			return;
		}
		const spare = this.#spare.take(generation);
		this.#current.set(slot, spare ?? this.start(slot));
		if (spare === undefined) return;
		if (spare.state === "spare") this.#limits.listen(spare);
		spare.serveIn(slot);
	}

	/** After a rolling restart. If it has stopped early, the spare has the code of the workers that go on. */
	#renewSpare(): void {
		const workers = [...this.#current.values()];
		const generations = workers.map(({ generation }) => generation);
		const spare = this.#spare.dropBefore(Math.min(...generations));
		if (spare !== undefined) this.drain(spare, "now");
		this.#spare.prepare();
	}

	/** @param slot undefined for a spare */
	start(slot?: number): WorkerProcess {
		const start = {
			word: "start",
			protocol: PROTOCOL,
			version: VERSION,
			worker: slot ?? 0,
			generation: this.#generation,
			mark: this.#mark,
			args: this.#parts.args,
			refusedTargets: this.#parts.admin?.at ?? [],
			facts: this.#facts.all(),
		} as const;
		const descriptors = this.#parts.sockets.map(({ fd }) => fd);
		const worker = new WorkerProcess(start, descriptors, this);
		this.#all.add(worker);
		this.#parts.admin?.statistics.started(worker);
		this.#limits.start(worker);
		return worker;
	}

	drain(worker: WorkerProcess, tunnels: TunnelDrain): void {
		worker.send({ word: "drain", tunnels });
		this.#limits.drain(worker, tunnels);
	}

	// ---- messages and ends of workers

	onWord(worker: WorkerProcess, word: Word): void {
		this.#parts.admin?.statistics.heard(worker, word);
		switch (word.word) {
			case "hello":
				if (worker.state === "starting") this.#limits.load(worker);
				break;
			case "spare":
				this.#onSpareReady(worker);
				break;
			case "ready":
				this.#onWorkerReady(worker, word.at);
				break;
			case "draining":
				if (!this.hasEnded() && this.#isNeeded(worker))
					this.#onSignalToWorker(worker);
				break;
			case "fact":
				if (!this.#facts.learn(word.fact)) break;
				for (const other of this.#all) if (other !== worker) other.send(word);
				break;
			case "ask":
				this.#questions.ask(worker, word, this.#all);
				break;
			case "answer":
				this.#questions.answered(worker, word.id, word.answer);
				break;
			default:
				break;
		}
	}

	/** The worker drains without an order. */
	#onSignalToWorker(worker: WorkerProcess): void {
		this.#limits.drain(worker, "sigterm");
		const { slot } = worker;
		if (slot === undefined) this.#spare.drop();
		else this.#current.delete(slot);
		setTimeout(() => {
			if (slot === undefined || !this.#current.has(slot)) this.#replace(worker);
		}, GROUP_SIGNAL_MS);
	}

	#onSpareReady({ state, pid, generation }: WorkerProcess): void {
		this.#retries.succeeded();
		if (state === "spare")
			this.#parts.log.info({ workerPid: pid, generation }, "spare ready");
	}

	#onWorkerReady(worker: WorkerProcess, at: readonly OwnAddress[]): void {
		const { log } = this.#parts;
		const { slot, pid, generation } = worker;
		log.info({ worker: slot, workerPid: pid, generation }, "worker ready");
		this.#retries.succeeded();
		this.#otherVersions.met(worker);
		if (this.#state === "starting") this.#onFirstReady(at);
		else this.#spare.prepare();
	}

	/** @param at where the worker listens */
	#onFirstReady(at: readonly OwnAddress[]): void {
		const { log, sockets } = this.#parts;
		const serving = this.slots.filter(
			(each) => this.#current.get(each)?.state === "serving",
		);
		if (serving.length === 1)
			for (const [index, own] of at.entries())
				log.info(sockets[index]?.at ?? own, "listening");
		if (serving.length < this.slots.length) return;
		this.#state = "serving";
		this.#spare.prepareFirst();
		this.#onReady();
	}

	onEnd(worker: WorkerProcess, end: WorkerEnd): void {
		this.#all.delete(worker);
		this.#questions.workerEnded(worker);
		this.#parts.admin?.statistics.ended(worker);
		if (this.#all.size === 0) this.#onAllGone();
		if (this.hasEnded() || !this.#isNeeded(worker)) return;
		const { code, signal, error } = end;
		// While the daemon itself starts, such an end counts as a death, so that limits that are too low end it.
		if (
			error !== undefined &&
			(signal === null || this.#state !== "starting")
		) {
			this.#retries.failed(worker, error);
			return;
		}
		// The worker has logged the reason, and the next one would fail in the same way.
		const isRefusal = !worker.hasServed && (code === 1 || code === 2);
		if (this.#state === "starting" && isRefusal) {
			this.#fail(code);
			return;
		}
		this.#parts.admin?.statistics.died();
		if (worker.slot === undefined) this.#onSpareDeath(worker, end);
		else this.#onWorkerDeath(worker, end);
	}

	#onWorkerDeath(worker: WorkerProcess, { code, signal }: WorkerEnd): void {
		const { log } = this.#parts;
		log.error(
			{ worker: worker.slot, workerPid: worker.pid, code, signal },
			"a worker died; another one takes its place",
		);
		if (this.#crashLoop.died()) {
			log.error(
				{},
				`${DEATHS} workers died within ${DEATHS_MS / 1000} s, so the daemon ends; the last lines of the workers say why`,
			);
			this.#fail(1);
		} else this.#replace(worker);
	}

	/** A spare served nobody, so its death does not end the daemon. */
	#onSpareDeath(worker: WorkerProcess, { code, signal }: WorkerEnd): void {
		this.#parts.log.error(
			{ workerPid: worker.pid, code, signal, seconds: this.#spare.died() },
			"the spare worker died, and another one is started after a pause; its own lines say why",
		);
	}
}
