import type { WorkerProcess } from "./worker-process.js";

/** Milliseconds that a view waits for the workers' reports. A silent worker's last known numbers are used instead. */
const REPORT_MS = 500;

/** The reports that a view waits for. */
export class Reports {
	readonly all: Promise<void>;
	readonly #missing: Set<WorkerProcess>;
	#resolve: () => void = () => undefined;

	constructor(workers: readonly WorkerProcess[]) {
		this.#missing = new Set(workers);
		this.all = new Promise((resolve) => {
			this.#resolve = resolve;
			if (workers.length === 0) resolve();
		});
		const timer = setTimeout(this.#resolve, REPORT_MS);
		this.all.then(() => clearTimeout(timer));
	}

	arrived(worker: WorkerProcess): void {
		this.#missing.delete(worker);
		if (this.#missing.size === 0) this.#resolve();
	}
}
