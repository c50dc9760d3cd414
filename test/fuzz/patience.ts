/** Milliseconds of a tick, and the ticks after which an expected event counts as missing. */
const TICK_MS = 100;
const TICKS = 25;

interface Waiting {
	left: number;
	readonly late: () => void;
}

/** Time limits in ticks of this process, not of the clock: a busy machine must not make a peer look slow. */
export class Patience {
	readonly #waiting = new Set<Waiting>();
	readonly #timer = setInterval(() => this.#tick(), TICK_MS);
	readonly #ticks: number;

	/** ticks: of a tenth of a second each. */
	constructor(ticks = TICKS) {
		this.#ticks = ticks;
	}

	/** Calls `late` unless the returned function is called before. */
	wait(late: () => void): () => void {
		const one = { left: this.#ticks, late };
		this.#waiting.add(one);
		return () => this.#waiting.delete(one);
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	#tick(): void {
		for (const one of this.#waiting) {
			if (--one.left > 0) continue;
			this.#waiting.delete(one);
			one.late();
		}
	}
}
