import type { Load } from "../exchange-record.js";
import type { Tally } from "./tally.js";
import { Histogram, quantile } from "./tally.js";

/** Samples that are kept, one a second: five minutes. */
const KEPT = 300;

/** The values of a sample, in this order. Rates are per second, times in seconds; null (JSON) if nothing was measured. */
export const SAMPLE_FIELDS = [
	/** Seconds of Unix time. */
	"at",
	"requests",
	"faults",
	"refused",
	"median",
	"p95",
	"tunnels",
	"clients",
	"bytes_from_client",
	"bytes_to_client",
	/** The longest since the last sample. */
	"loop_delay",
] as const;

export type Sample = readonly (number | null)[];

export class Timeline {
	/** Number of the newest sample, counted from 1. */
	newest = 0;
	readonly #tally: Tally;
	readonly #samples: Sample[] = [];
	#totals: readonly number[] = [];
	#countsBefore: Float64Array;
	#at = performance.now();

	constructor(tally: Tally) {
		this.#tally = tally;
		this.#countsBefore = tally.requestTimes.counts.slice();
	}

	/** Takes a sample. bytes: the totals so far, exchanges in flight included. */
	sample(
		load: Load,
		bytes: { from: number; to: number },
		loopDelay: number,
	): void {
		const now = performance.now();
		const seconds = Math.max(0.001, (now - this.#at) / 1000);
		const { requests, faults, refused } = this.#tally;
		const totals = [requests, faults, refused, bytes.from, bytes.to];
		const rates = totals.map(
			(total, at) => (total - (this.#totals[at] ?? 0)) / seconds,
		);
		let tunnels = 0;
		for (const session of load.sessions) tunnels += session.tunnels;
		this.#samples[this.newest % KEPT] = [
			Math.round(Date.now() / 1000),
			...[
				...rates.slice(0, 3),
				...this.#quantiles(),
				tunnels,
				load.clients,
				...rates.slice(3),
				loopDelay,
			].map(rounded),
		];
		this.newest++;
		this.#at = now;
		this.#totals = totals;
	}

	/** The samples with a number above this, oldest first. */
	since(number: number): Sample[] {
		const oldest = Math.max(number, this.newest - KEPT, 0);
		const count = Math.max(0, this.newest - oldest);
		return Array.from(
			{ length: count },
			(_, at) => this.#samples[(oldest + at) % KEPT] as Sample,
		);
	}

	#quantiles(): (number | undefined)[] {
		const { bounds, counts } = this.#tally.requestTimes;
		const before = this.#countsBefore;
		const fresh = counts.map((count, at) => count - (before[at] as number));
		this.#countsBefore = counts.slice();
		return [quantile(0.5, bounds, fresh), quantile(0.95, bounds, fresh)];
	}
}

/** Six digits are more than a chart shows. */
function rounded(value: number | undefined): number | null {
	return value === undefined ? null : Number(value.toPrecision(6));
}

const PERIOD_MS = 50;
/** Seconds. */
const BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/**
 * Measures how late timers of the event loop are, twenty times a second: the time that every request waits in addition to
 * its own work. perf_hooks' histogram would not do, because it has no buckets that a scraper can add up.
 */
export class LoopDelay {
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
