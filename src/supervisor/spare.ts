import type { WorkerProcess } from "./worker-process.js";

/**
 * Milliseconds without a death before a spare is started: its start takes CPU time from the workers, and keeps the address in
 * use.
 */
const CALM_MS = 500;
/** The same after the daemon's start, which is often followed by its end: its supervisor is restarted, or a setting is wrong. */
const FIRST_CALM_MS = 2_000;
/** Milliseconds until a spare that died is replaced: the next one may die for the same reason. */
const AFTER_DEATH_MS = 10_000;

/** Holds the spare: a worker that has loaded everything, and listens when another one dies. */
export class Spare {
	readonly #start: () => WorkerProcess | undefined;
	#worker: WorkerProcess | undefined;
	#pause: NodeJS.Timeout | undefined;

	/** @param start returns undefined if no spare can be started now */
	constructor(start: () => WorkerProcess | undefined) {
		this.#start = start;
	}

	/** Whether this worker is the spare, or was until it ended. */
	is(worker: WorkerProcess): boolean {
		return this.#worker === worker;
	}

	/** Starts a spare after the pause, unless one exists then. */
	prepare(milliseconds = CALM_MS): void {
		clearTimeout(this.#pause);
		this.#pause = setTimeout(() => {
			if (this.#worker === undefined || this.#worker.state === "ended")
				this.#worker = this.#start();
		}, milliseconds).unref();
	}

	/** The daemon has started. */
	prepareFirst(): void {
		this.prepare(FIRST_CALM_MS);
	}

	/** The spare died. @returns the seconds until another one is started */
	died(): number {
		this.prepare(AFTER_DEATH_MS);
		return AFTER_DEATH_MS / 1000;
	}

	/**
	 * @param generation of the worker that the spare replaces: a spare of an earlier generation has older code and is not taken
	 * @returns the former spare
	 */
	take(generation: number): WorkerProcess | undefined {
		const worker = this.#worker;
		if (worker === undefined || worker.generation < generation)
			return undefined;
		return this.drop();
	}

	/** @returns the former spare, if it is of an earlier generation; a later one stays */
	dropBefore(generation: number): WorkerProcess | undefined {
		const worker = this.#worker;
		if (worker === undefined || worker.generation >= generation)
			return undefined;
		return this.drop();
	}

	/** @returns the former spare, if it has not ended */
	drop(): WorkerProcess | undefined {
		const worker = this.#worker;
		this.#worker = undefined;
		return worker?.state === "ended" ? undefined : worker;
	}
}
