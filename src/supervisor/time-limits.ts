import type { Config } from "../config/config.js";
import type { TunnelDrain } from "../group.js";
import { GRACE_MS, ROLLING_TUNNELS_MS } from "../limits.js";
import type { Log } from "../log/log.js";
import type { WorkerProcess } from "./worker-process.js";

/** Milliseconds until the first word of a worker: if Node gets no thread there, it hangs for ever. */
const HELLO_MS = 20_000;
/** Milliseconds that a worker may take to start: a map of a million rows is read within some seconds. */
const START_MS = 60_000;
/** Milliseconds that a spare, which has loaded everything, may take to listen. */
const LISTEN_MS = 10_000;
/** Milliseconds after the end of its drain before a worker is killed: it still has to close map and log. */
const MARGIN_MS = 5_000;
/** Milliseconds for a worker that was told to end at once. */
const STOP_MS = 2_000;

const NOT_READY = "a worker did not get ready in its time and is killed";
const NOT_DRAINED = "a worker has not drained in its time and is killed";
const NOT_STARTED = "a worker said nothing at its start and is killed";
const NOT_STOPPED = "a worker did not end at once and is killed";

/** Kills workers that take too long. */
export class TimeLimits {
	readonly #config: Config;
	readonly #log: Log;

	constructor(config: Config, log: Log) {
		this.#config = config;
		this.#log = log;
	}

	start(worker: WorkerProcess): void {
		this.#kill(worker, HELLO_MS, NOT_STARTED, () => worker.giveUp());
	}

	/** The worker has said hello. */
	load(worker: WorkerProcess): void {
		this.#kill(worker, START_MS, NOT_READY);
	}

	listen(worker: WorkerProcess): void {
		this.#kill(worker, LISTEN_MS, NOT_READY);
	}

	/** Without --drain-timeout, requests may take as long as they want. */
	drain(worker: WorkerProcess, tunnels: TunnelDrain): void {
		const { drainDelayMs, drainTimeoutMs, tunnelDrainMs } = this.#config;
		if (drainTimeoutMs === 0) return;
		const byDefault = tunnels === "rolling" ? ROLLING_TUNNELS_MS : 0;
		const tunnelsMs = tunnels === "now" ? 0 : (tunnelDrainMs ?? byDefault);
		const longest = Math.max(drainTimeoutMs, tunnelsMs, GRACE_MS);
		const milliseconds = drainDelayMs + longest + MARGIN_MS;
		this.#kill(worker, milliseconds, NOT_DRAINED);
	}

	stop(worker: WorkerProcess): void {
		this.#kill(worker, STOP_MS, NOT_STOPPED);
	}

	#kill(
		worker: WorkerProcess,
		milliseconds: number,
		message: string,
		onKill?: () => void,
	): void {
		worker.killAfter(milliseconds, () => {
			this.#log.error({ worker: worker.slot, workerPid: worker.pid }, message);
			onKill?.();
		});
	}
}
