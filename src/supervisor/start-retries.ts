import type { Log } from "../log/log.js";
import type { WorkerProcess } from "./worker-process.js";

/** Milliseconds until the next try, at first and at most. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Starts workers again that the system could not start (EAGAIN, ENOMEM, EMFILE), after pauses that grow. */
export class StartRetries {
	readonly #log: Log;
	readonly #replace: (worker: WorkerProcess) => void;
	/** Workers to be replaced after the pause. */
	readonly #waiting = new Set<WorkerProcess>();
	/** 0 if the last start succeeded. */
	#pauseMs = 0;

	/** @param replace starts another worker in the place of this one */
	constructor(log: Log, replace: (worker: WorkerProcess) => void) {
		this.#log = log;
		this.#replace = replace;
	}

	failed(worker: WorkerProcess, err: Error): void {
		if (this.#pauseMs === 0)
			this.#log.error(
				{ worker: worker.slot, reason: err.message },
				"a worker could not be started; the others go on, and it is tried again: raise the limits of processes, memory and open files",
			);
		this.#waiting.add(worker);
		if (this.#waiting.size > 1) return;
		this.#pauseMs = Math.min(
			LONGEST_PAUSE_MS,
			Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs),
		);
		setTimeout(() => this.#tryAgain(), this.#pauseMs);
	}

	/** A worker was started. */
	succeeded(): void {
		if (this.#pauseMs === 0 || this.#waiting.size > 0) return;
		this.#pauseMs = 0;
		this.#log.info({}, "workers can be started again");
	}

	#tryAgain(): void {
		const workers = [...this.#waiting];
		this.#waiting.clear();
		for (const worker of workers) this.#replace(worker);
	}
}
