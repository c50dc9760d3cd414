import type { Config } from "../config/config.js";
import { type Order, PROTOCOL, type TunnelDrain, type Word } from "../group.js";
import { KnownFacts } from "../known-facts.js";
import { GRACE_MS, ROLLING_TUNNELS_MS } from "../limits.js";
import type { BoundSocket } from "../listening/bound-socket.js";
import type { Log } from "../log/log.js";
import { VERSION } from "../package.js";
import type { GroupAdmin } from "./open-admin.js";
import { Questions } from "./questions.js";
import {
	type WorkerEnd,
	type WorkerListener,
	WorkerProcess,
} from "./worker-process.js";

/** Milliseconds without a word after which a worker hangs. */
const HUNG_MS = 10_000;
/** Milliseconds between two looks for workers that hang. */
const LOOK_MS = 1_000;
/** Milliseconds that a worker may take to start: a map of a million rows is read within some seconds. */
const START_MS = 60_000;
/** Milliseconds beyond its drain's time after which a worker is killed. */
const MARGIN_MS = 2_000;
/** As many deaths within so many milliseconds end the supervisor: then it is the service manager's turn. */
const DEATHS = 3;
const DEATHS_MS = 10_000;
/** Milliseconds until a worker that could not be started is tried again, at first and at most. */
const RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;
/** Generations of workers that live side by side. */
const GENERATIONS = 3;

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
 * The workers of a supervisor: one for each slot, and those that drain. It starts them, replaces the dead and those that hang,
 * and restarts them one by one.
 */
export class Workers implements WorkerListener {
	/** All slots have a worker that serves, for the first time. */
	readonly ready: Promise<void>;
	/** The exit code, once the workers cannot go on. */
	readonly failed: Promise<number>;
	readonly #parts: WorkersParts;
	readonly #slots: readonly number[];
	readonly #all = new Set<WorkerProcess>();
	/** By slot, the worker that serves it, or will. */
	readonly #current = new Map<number, WorkerProcess>();
	readonly #facts = new KnownFacts();
	readonly #questions = new Questions();
	readonly #deaths: number[] = [];
	readonly #looks: NodeJS.Timeout;
	#lookedAt = performance.now();
	#state: "starting" | "serving" | "rolling" | "ending" = "starting";
	#rollsAgain = false;
	#generation = 1;
	/** Milliseconds until the next try to start a worker; 0: the last try was a success. */
	#retryMs = 0;
	#onReady: () => void = () => undefined;
	#fail: (code: number) => void = () => undefined;
	#onAllGone: () => void = () => undefined;

	/** Starts the workers. drain() must follow. */
	constructor(parts: WorkersParts) {
		this.#parts = parts;
		const { workers = 1 } = parts.config;
		this.#slots = Array.from({ length: workers }, (_, index) => index + 1);
		this.ready = new Promise((resolve) => {
			this.#onReady = resolve;
		});
		this.failed = new Promise((resolve) => {
			this.#fail = resolve;
		});
		this.#looks = setInterval(() => this.#killHung(), LOOK_MS).unref();
		for (const slot of this.#slots) this.#fill(slot);
	}

	/** Every worker that has not ended, draining ones too. */
	get all(): Iterable<WorkerProcess> {
		return this.#all;
	}

	tellAll(order: Order): void {
		for (const worker of this.#all) worker.send(order);
	}

	/** Ends all workers as SIGTERM does. Resolves when they have ended. */
	async drain(): Promise<void> {
		this.#state = "ending";
		clearInterval(this.#looks);
		if (this.#all.size === 0) return;
		const allGone = new Promise<void>((resolve) => {
			this.#onAllGone = resolve;
		});
		for (const worker of this.#all) this.#drain(worker, "sigterm");
		await allGone;
	}

	/** Replaces the workers one by one with the code and the configuration that are on the disk now. */
	async roll(): Promise<void> {
		const { log } = this.#parts;
		if (this.#state !== "serving") {
			this.#rollsAgain = this.#state === "rolling";
			if (this.#state === "starting") void this.ready.then(() => this.roll());
			return;
		}
		this.#state = "rolling";
		this.#generation++;
		const generation = this.#generation;
		log.info({ generation }, "rolling restart begins");
		for (const worker of this.#all)
			if (worker.generation <= generation - GENERATIONS)
				this.#drain(worker, "now");
		const isDone = await this.#replaceAll(generation);
		if (this.#hasEnded()) return;
		this.#state = "serving";
		if (isDone) log.info({ generation }, "rolling restart done");
		const again = this.#rollsAgain;
		this.#rollsAgain = false;
		if (again) await this.roll();
	}

	/** @returns whether every slot has a worker of this generation */
	async #replaceAll(generation: number): Promise<boolean> {
		const { log } = this.#parts;
		for (const slot of this.#slots) {
			const worker = this.#start(slot, generation);
			const hasBegun = await worker.hasBegun;
			if (this.#hasEnded()) return false;
			if (!hasBegun) {
				worker.kill();
				log.error(
					{ generation, worker: slot },
					"rolling restart stopped: the new worker did not get ready, so the old ones go on; its own lines say why. Then send SIGUSR2 again",
				);
				if (this.#current.get(slot)?.state === "ended") this.#fill(slot);
				return false;
			}
			const old = this.#current.get(slot);
			this.#current.set(slot, worker);
			if (old !== undefined) this.#drain(old, "rolling");
		}
		return true;
	}

	#hasEnded(): boolean {
		return this.#state === "ending";
	}

	/** Starts the worker of a slot that has none. */
	#fill(slot: number): void {
		if (this.#hasEnded()) return;
		this.#current.set(slot, this.#start(slot, this.#generation));
	}

	#start(slot: number, generation: number): WorkerProcess {
		const start = {
			word: "start",
			protocol: PROTOCOL,
			version: VERSION,
			worker: slot,
			generation,
			args: this.#parts.args,
			refusedTargets: this.#parts.admin?.at ?? [],
			facts: this.#facts.all(),
		} as const;
		const descriptors = this.#parts.sockets.map(({ fd }) => fd);
		const worker = new WorkerProcess(start, descriptors, this);
		this.#all.add(worker);
		this.#parts.admin?.statistics.started(worker);
		worker.killAfter(START_MS);
		return worker;
	}

	#drain(worker: WorkerProcess, tunnels: TunnelDrain): void {
		worker.send({ word: "drain", tunnels });
		const { drainDelayMs, drainTimeoutMs, tunnelDrainMs } = this.#parts.config;
		const byDefault = tunnels === "rolling" ? ROLLING_TUNNELS_MS : 0;
		const tunnelsMs = tunnels === "now" ? 0 : (tunnelDrainMs ?? byDefault);
		const longest = Math.max(drainTimeoutMs, tunnelsMs, GRACE_MS);
		if (drainTimeoutMs > 0)
			worker.killAfter(drainDelayMs + longest + MARGIN_MS);
	}

	// ---- words and ends of workers

	onWord(worker: WorkerProcess, word: Word): void {
		this.#parts.admin?.statistics.heard(worker, word);
		switch (word.word) {
			case "ready":
				this.#onWorkerReady(worker, word.at);
				break;
			case "draining":
				// Somebody has sent it a signal.
				if (this.#current.get(worker.slot) === worker) this.#fill(worker.slot);
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

	#onWorkerReady(
		worker: WorkerProcess,
		at: readonly { address: string; port: number | null }[],
	): void {
		const { log, sockets } = this.#parts;
		const { slot, pid, generation, version, node } = worker;
		const names = { worker: slot, workerPid: pid, generation };
		log.info(names, "worker ready");
		if (version !== VERSION || node !== process.versions.node)
			log.warn(
				{ ...names, version, supervisor: VERSION, node },
				"the worker and its supervisor have different versions: restart the supervisor when convenient",
			);
		if (this.#state !== "starting") return;
		const serving = this.#slots.filter(
			(each) => this.#current.get(each)?.state === "serving",
		);
		if (serving.length === 1)
			for (const [index, own] of at.entries())
				log.info(sockets[index]?.at ?? own, "listening");
		if (serving.length < this.#slots.length) return;
		this.#state = "serving";
		this.#onReady();
	}

	onEnd(worker: WorkerProcess, end: WorkerEnd): void {
		this.#all.delete(worker);
		this.#questions.workerEnded(worker);
		this.#parts.admin?.statistics.ended(worker);
		if (this.#all.size === 0) this.#onAllGone();
		const { slot } = worker;
		if (this.#hasEnded() || this.#current.get(slot) !== worker) return;
		if (end.error !== undefined) {
			this.#retry(slot, end.error);
			return;
		}
		const { code, signal } = end;
		const { log } = this.#parts;
		// Its own line says why.
		if (this.#state === "starting" && code !== null && code > 0) {
			this.#fail(code);
			return;
		}
		this.#parts.admin?.statistics.died();
		log.error(
			{ worker: slot, workerPid: worker.pid, code, signal },
			"a worker died; another one takes its place",
		);
		if (this.#isCrashLoop()) {
			log.error(
				{},
				`${DEATHS} workers died within ${DEATHS_MS / 1000} s, so the daemon ends; the last lines of the workers say why`,
			);
			this.#fail(1);
		} else this.#fill(slot);
	}

	#isCrashLoop(): boolean {
		const now = performance.now();
		this.#deaths.push(now);
		if (this.#deaths.length > DEATHS) this.#deaths.shift();
		const [first = now] = this.#deaths;
		return this.#deaths.length === DEATHS && now - first <= DEATHS_MS;
	}

	/** The system could not start a worker. */
	#retry(slot: number, err: Error): void {
		if (this.#retryMs === 0)
			this.#parts.log.error(
				{ err, worker: slot },
				"a worker could not be started; the others go on, and it is tried again: raise the limits of processes, memory and open files",
			);
		this.#retryMs = Math.min(
			LONGEST_RETRY_MS,
			Math.max(RETRY_MS, 2 * this.#retryMs),
		);
		setTimeout(() => this.#fill(slot), this.#retryMs);
	}

	#killHung(): void {
		const now = performance.now();
		// After a pause of its own, the supervisor has not read the words of its workers yet.
		const hasPaused = now - this.#lookedAt > 2 * LOOK_MS;
		this.#lookedAt = now;
		for (const worker of this.#all) {
			if (hasPaused) worker.heardAt = now;
			if (worker.state === "starting" || now - worker.heardAt < HUNG_MS)
				continue;
			this.#parts.log.error(
				{ worker: worker.slot, workerPid: worker.pid },
				"a worker does not respond and is killed",
			);
			worker.kill();
		}
	}
}
