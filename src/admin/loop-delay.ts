import { Histogram } from "./histogram.js";

/** Milliseconds between two looks. */
const PERIOD_MS = 50;
/** Seconds. */
const BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/**
 * How late the event loop comes to a timer, twenty times a second: what every request waits besides its own work. Of our
 * own, because perf_hooks' histogram cannot be shown in buckets that a scraper adds up.
 */
export class LoopDelay {
	/** Seconds. */
	readonly delays = new Histogram(BOUNDS);
	/** Seconds, since it was last taken. */
	#longest = 0;
	#due = performance.now() + PERIOD_MS;

	constructor() {
		setInterval(() => this.#look(), PERIOD_MS).unref();
	}

	/** The longest delay since the last call, in seconds. */
	takeLongest(): number {
		const longest = this.#longest;
		this.#longest = 0;
		return longest;
	}

	#look(): void {
		const now = performance.now();
		const late = Math.max(0, now - this.#due) / 1000;
		this.#due = now + PERIOD_MS;
		this.delays.observe(late);
		if (late > this.#longest) this.#longest = late;
	}
}
