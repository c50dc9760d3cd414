import { randomBytes } from "node:crypto";
import type { Config } from "../config/config.js";
import { type Order, PROTOCOL, type TunnelDrain, type Word } from "../group.js";
import { KnownFacts } from "../known-facts.js";
import { GRACE_MS, ROLLING_TUNNELS_MS } from "../limits.js";
import type { BoundSocket } from "../listening/bound-socket.js";
import type { Log } from "../log/log.js";
import { VERSION } from "../package.js";
import { killHungWorkers } from "./hung-workers.js";
import type { GroupAdmin } from "./open-admin.js";
import { Questions } from "./questions.js";
import { StartRetries } from "./start-retries.js";
import {
	type WorkerEnd,
	type WorkerListener,
	WorkerProcess,
} from "./worker-process.js";

/** Milliseconds that a worker may take to start: a map of a million rows is read within some seconds. */
const START_MS = 60_000;
/** Milliseconds beyond its drain's time after which a worker is killed: it still has to close map and log. */
const MARGIN_MS = 5_000;
/** As many deaths within so many milliseconds end the supervisor: then it is the service manager's turn. */
const DEATHS = 3;
const DEATHS_MS = 10_000;
/** Milliseconds within which a signal to all processes, as by Ctrl-C or systemd, has reached the supervisor too. */
const GROUP_SIGNAL_MS = 100;
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
 * The workers of a supervisor: one for each slot, and draining ones. It starts them, replaces workers that die or hang,
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
	readonly #mark = randomBytes(8).toString("hex");
	readonly #questions = new Questions();
	readonly #retries: StartRetries;
	readonly #deaths: number[] = [];
	/** Versions of workers that the log has told of. */
	readonly #otherVersions = new Set<string>();
	#state: "starting" | "serving" | "rolling" | "ending" = "starting";
	/** A rolling restart follows this state. */
	#isRollDue = false;
	#rolling: Promise<void> | undefined;
	#generation = 1;
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
		this.#retries = new StartRetries(parts.log, (slot) => {
			if (this.#current.get(slot)?.state === "ended") this.#fill(slot);
		});
		killHungWorkers(this.#all, parts.log);
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
		if (this.#all.size === 0) return;
		const allGone = new Promise<void>((resolve) => {
			this.#onAllGone = resolve;
		});
		for (const worker of this.#all) this.#drain(worker, "sigterm");
		await allGone;
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
		const { log } = this.#parts;
		if (this.#hasEnded()) return;
		this.#state = "rolling";
		while (this.#isRollDue) {
			this.#isRollDue = false;
			const generation = ++this.#generation;
			log.info({ generation }, "rolling restart begins");
			this.#endOldestTunnels();
			const failed = await this.#replaceAll(generation);
			if (this.#hasEnded()) return;
			if (failed === undefined)
				log.info({ generation }, "rolling restart done");
			else
				log.error(
					{ generation, worker: failed.slot, ...endOf(failed) },
					"rolling restart stopped: the new worker did not get ready, so the old ones go on; its own lines say why. Then send SIGUSR2 again",
				);
		}
		this.#state = "serving";
	}

	/** @returns the new worker that did not get ready, at which it stops */
	async #replaceAll(generation: number): Promise<WorkerProcess | undefined> {
		for (const slot of this.#slots) {
			const worker = this.#start(slot, generation);
			await worker.begun;
			if (this.#hasEnded()) return undefined;
			if (worker.state === "ended") return worker;
			const old = this.#current.get(slot);
			this.#current.set(slot, worker);
			if (old !== undefined) this.#drain(old, "rolling");
		}
		return undefined;
	}

	/** Makes room for one more generation. */
	#endOldestTunnels(): void {
		const generations = new Set(
			[...this.#all].map(({ generation }) => generation),
		);
		const newestFirst = [...generations].sort((a, b) => b - a);
		const { [GENERATIONS - 2]: oldest = 0 } = newestFirst;
		for (const worker of this.#all)
			if (worker.state === "draining" && worker.generation < oldest)
				this.#drain(worker, "now");
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
			mark: this.#mark,
			args: this.#parts.args,
			refusedTargets: this.#parts.admin?.at ?? [],
			facts: this.#facts.all(),
		} as const;
		const descriptors = this.#parts.sockets.map(({ fd }) => fd);
		const worker = new WorkerProcess(start, descriptors, this);
		this.#all.add(worker);
		this.#parts.admin?.statistics.started(worker);
		worker.killAfter(START_MS, () =>
			this.#parts.log.error(
				{ worker: slot, workerPid: worker.pid },
				"a worker did not get ready in its time and is killed",
			),
		);
		return worker;
	}

	#drain(worker: WorkerProcess, tunnels: TunnelDrain): void {
		worker.send({ word: "drain", tunnels });
		this.#limitDrain(worker, tunnels);
	}

	/** Without --drain-timeout, requests may take as long as they want. */
	#limitDrain(worker: WorkerProcess, tunnels: TunnelDrain): void {
		const { drainDelayMs, drainTimeoutMs, tunnelDrainMs } = this.#parts.config;
		if (drainTimeoutMs === 0) return;
		const byDefault = tunnels === "rolling" ? ROLLING_TUNNELS_MS : 0;
		const tunnelsMs = tunnels === "now" ? 0 : (tunnelDrainMs ?? byDefault);
		const longest = Math.max(drainTimeoutMs, tunnelsMs, GRACE_MS);
		worker.killAfter(drainDelayMs + longest + MARGIN_MS, () =>
			this.#parts.log.error(
				{ worker: worker.slot, workerPid: worker.pid },
				"a worker has not drained in its time and is killed",
			),
		);
	}

	// ---- words and ends of workers

	onWord(worker: WorkerProcess, word: Word): void {
		this.#parts.admin?.statistics.heard(worker, word);
		switch (word.word) {
			case "hello":
				this.#retries.succeeded();
				break;
			case "ready":
				this.#onWorkerReady(worker, word.at);
				break;
			case "draining":
				if (this.#hasEnded() || this.#current.get(worker.slot) !== worker)
					break;
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

	/** It drains, and is not told to. */
	#onSignalToWorker(worker: WorkerProcess): void {
		this.#limitDrain(worker, "sigterm");
		const { slot } = worker;
		this.#current.delete(slot);
		setTimeout(() => {
			if (!this.#current.has(slot)) this.#fill(slot);
		}, GROUP_SIGNAL_MS);
	}

	#onWorkerReady(
		worker: WorkerProcess,
		at: readonly { address: string; port: number | null }[],
	): void {
		const { log, sockets } = this.#parts;
		const { slot, pid, generation } = worker;
		log.info({ worker: slot, workerPid: pid, generation }, "worker ready");
		this.#tellVersion(worker);
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

	/** Once for each version. */
	#tellVersion({ slot, version, node }: WorkerProcess): void {
		const known = `${version} ${node}`;
		const isSame = version === VERSION && node === process.versions.node;
		if (isSame || this.#otherVersions.has(known)) return;
		this.#otherVersions.add(known);
		this.#parts.log.warn(
			{ worker: slot, version, supervisor: VERSION, node },
			"the worker and its supervisor have different versions: restart the supervisor when convenient",
		);
	}

	onEnd(worker: WorkerProcess, end: WorkerEnd): void {
		this.#all.delete(worker);
		this.#questions.workerEnded(worker);
		this.#parts.admin?.statistics.ended(worker);
		if (this.#all.size === 0) this.#onAllGone();
		const { slot } = worker;
		if (this.#hasEnded() || this.#current.get(slot) !== worker) return;
		if (end.error !== undefined) {
			this.#retries.failed(slot, end.error);
			return;
		}
		const { code, signal } = end;
		const { log } = this.#parts;
		// Its own line says why; the next one would fail likewise.
		const isRefusal = !worker.hasServed && (code === 1 || code === 2);
		if (this.#state === "starting" && isRefusal) {
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
}

/** How it ended, for the log. An error as a whole would show the worker's command line. */
function endOf({ pid, end }: WorkerProcess) {
	const { code, signal, error } = end ?? {};
	return error === undefined
		? { workerPid: pid, code, signal }
		: { reason: error.message };
}
