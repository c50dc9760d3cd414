import type { Log } from "../log/log.js";
import type { WorkerProcess } from "./worker-process.js";

/** Milliseconds without a message after which a worker counts as hung: normally it sends ten in that time. */
const HUNG_MS = 10_000;
/** Milliseconds between two looks. */
const LOOK_MS = 1_000;

/**
 * Kills workers that hang, draining ones too. A worker that starts may be silent while it reads its map.
 * @param workers the living ones, now and later
 */
export function killHungWorkers(
	workers: Iterable<WorkerProcess>,
	log: Log,
): void {
	let lookedAt = performance.now();
	const look = () => {
		const now = performance.now();
		// If the supervisor itself has paused, it has not read its workers' messages yet.
		const hasPaused = now - lookedAt > 2 * LOOK_MS;
		lookedAt = now;
		for (const worker of workers) {
			if (hasPaused) worker.heardAt = now;
			if (worker.state === "starting" || now - worker.heardAt < HUNG_MS)
				continue;
			worker.kill();
			// Logs each worker once, because its end may take a while.
			if (worker.heardAt !== -Infinity)
				log.error(
					{ worker: worker.slot, workerPid: worker.pid },
					"a worker does not respond and is killed",
				);
			worker.heardAt = -Infinity;
		}
	};
	setInterval(look, LOOK_MS).unref();
}
