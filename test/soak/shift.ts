import { EventEmitter, once, setMaxListeners } from "node:events";
import { setTimeout as rest } from "node:timers/promises";

/** Work that is repeated every so many milliseconds, until the signal of the common pause. */
export type Work = (turn: number, pausing: AbortSignal) => Promise<void>;

/** Milliseconds that works may take to end in a pause. */
const PATIENCE_MS = 15_000;

/** All work on the daemon, which pauses and continues together: in a pause the daemon's remaining resources are counted. */
export class Shift {
	#events = new EventEmitter();
	#period: AbortController | undefined;
	#over = false;
	#working: string[] = [];

	/** failed: gets the errors of the works. */
	constructor(readonly failed: (error: unknown) => void) {
		this.#events.setMaxListeners(0);
	}

	/** Begins with the next period. A work that takes longer than `ms` is begun again when it ends. */
	every(ms: number, name: string, work: Work): void {
		this.#repeat(ms, name, work).catch(this.failed);
	}

	resume(): void {
		this.#period = new AbortController();
		setMaxListeners(0, this.#period.signal);
		this.#events.emit("resume");
	}

	/** Resolves when the last work has ended; a work that does not end has failed. */
	async pause(): Promise<void> {
		this.#period?.abort();
		this.#period = undefined;
		const late = setTimeout(
			() => this.failed(`still at work in the pause: ${this.#working}`),
			PATIENCE_MS,
		);
		while (this.#working.length > 0) await once(this.#events, "done");
		clearTimeout(late);
	}

	/** Called in a pause: no work begins again. */
	end(): void {
		this.#over = true;
		this.#events.emit("resume");
	}

	async #repeat(ms: number, name: string, work: Work): Promise<void> {
		for (let turn = 0; ; turn++) {
			while (this.#period === undefined && !this.#over)
				await once(this.#events, "resume");
			const pausing = this.#period?.signal;
			if (this.#over || pausing === undefined) return;

			const started = performance.now();
			this.#working.push(name);
			await work(turn, pausing).catch(this.failed);
			this.#working.splice(this.#working.indexOf(name), 1);
			this.#events.emit("done");
			const left = spread(ms, turn) - (performance.now() - started);
			await pauseOr(left, pausing);
		}
	}
}

/** Rests for so many milliseconds, less where the pause comes before. */
export async function pauseOr(ms: number, pausing: AbortSignal): Promise<void> {
	try {
		await rest(Math.max(ms, 0), undefined, { signal: pausing });
	} catch (error) {
		if (!pausing.aborted) throw error;
	}
}

/** A tenth more or less, so that works of one rhythm do not stay in step. */
function spread(ms: number, turn: number): number {
	return ms * (0.9 + 0.2 * ((turn * 0.618) % 1));
}
