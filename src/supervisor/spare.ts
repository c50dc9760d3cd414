import type { WorkerProcess } from "./worker-process.js";

/** Milliseconds of calm before a spare is started: its own start takes time from the workers, and holds the address. */
const CALM_MS = 500;
/** Milliseconds until a spare that died is replaced: the next one may die likewise. */
const AFTER_DEATH_MS = 10_000;

/** Holds the spare: a worker that has loaded everything, and listens when another one dies. */
export class Spare {
	readonly #start: () => WorkerProcess | undefined;
	#worker: WorkerProcess | undefined;
	#pause: NodeJS.Timeout | undefined;

	/** @param start undefined: not now */
	constructor(start: () => WorkerProcess | undefined) {
		this.#start = start;
	}

	/** Whether this worker is the spare, or was until it ended. */
	is(worker: WorkerProcess): boolean {
		return this.#worker === worker;
	}

	/** Starts one soon, if there is none by then. */
	prepare(milliseconds = CALM_MS): void {
		clearTimeout(this.#pause);
		this.#pause = setTimeout(() => {
			if (this.#worker === undefined || this.#worker.state === "ended")
				this.#worker = this.#start();
		}, milliseconds).unref();
	}

	/** @returns the seconds until another one is started */
	died(): number {
		this.prepare(AFTER_DEATH_MS);
		return AFTER_DEATH_MS / 1000;
	}

	/**
	 * @param generation of the worker that it is to replace: a spare of an earlier one has older code
	 * @returns the spare, which is none any more
	 */
	take(generation: number): WorkerProcess | undefined {
		const worker = this.#worker;
		if (worker === undefined || worker.generation < generation)
			return undefined;
		return this.drop();
	}

	/** @returns the spare if it is of an earlier generation; it is none any more */
	dropBefore(generation: number): WorkerProcess | undefined {
		const worker = this.#worker;
		if (worker === undefined || worker.generation >= generation)
			return undefined;
		return this.drop();
	}

	/** @returns the spare, which is none any more */
	drop(): WorkerProcess | undefined {
		const worker = this.#worker;
		this.#worker = undefined;
		return worker?.state === "ended" ? undefined : worker;
	}
}
