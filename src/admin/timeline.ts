import type { Buckets, Sum, Totals } from "./snapshot.js";
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
	/** The longest within the last two seconds. */
	"loop_delay",
] as const;

const RATES = [
	"requests",
	"faults",
	"refused",
	"bytesFromClient",
	"bytesToClient",
] as const;

export type Sample = readonly (number | null)[];

/** The last five minutes, made from snapshots. */
export class Timeline {
	/** Number of the newest sample, counted from 1. */
	newest = 0;
	readonly #samples: Sample[] = [];
	#before: Totals | undefined;
	#at = performance.now();

	/** Takes a sample. */
	sample({ totals, tunnels, clients, longestDelay }: Sum): void {
		const now = performance.now();
		const seconds = Math.max(0.001, (now - this.#at) / 1000);
		const before = this.#before?.counters;
		const rates = RATES.map(
			(name) => (totals.counters[name] - (before?.[name] ?? 0)) / seconds,
		);
		this.#samples[this.newest % KEPT] = [
			Math.round(Date.now() / 1000),
			...[
				...rates.slice(0, 3),
				...this.#quantiles(totals.requestTimes),
				tunnels,
				clients,
				...rates.slice(3),
				longestDelay,
			].map(rounded),
		];
		this.newest++;
		this.#at = now;
		this.#before = totals;
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

	#quantiles({ bounds, counts }: Buckets): (number | undefined)[] {
		const before = this.#before?.requestTimes.counts;
		const fresh = counts.map((count, at) => count - (before?.[at] ?? 0));
		return [quantile(0.5, bounds, fresh), quantile(0.95, bounds, fresh)];
	}
}

/** Six digits are more than a chart shows. */
function rounded(value: number | undefined): number | null {
	return value === undefined ? null : Number(value.toPrecision(6));
}

const PERIOD_MS = 50;
/** Seconds. */
export const LOOP_BOUNDS = [
	0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
];

/**
 * Measures how late timers of the event loop are, twenty times a second: the time that every request waits in addition to
 * its own work. perf_hooks' histogram would not do, because it has no buckets that a scraper can add up.
 */
export class LoopDelay {
	readonly delays = new Histogram(LOOP_BOUNDS);
	/** Seconds: the longest delay of this second and of the one before. */
	#longest = 0;
	#longestBefore = 0;
	#due = 0;

	/** @param turn measures after it */
	constructor(turn: Promise<void> | undefined) {
		void Promise.resolve(turn).then(() => {
			this.#due = performance.now() + PERIOD_MS;
			setInterval(() => this.#look(), PERIOD_MS).unref();
		});
	}

	/** Seconds, within the last two seconds. So a reader that asks once a second misses none. */
	get longest(): number {
		return Math.max(this.#longest, this.#longestBefore);
	}

	/** Another second begins. */
	turn(): void {
		this.#longestBefore = this.#longest;
		this.#longest = 0;
	}

	#look(): void {
		const now = performance.now();
		const late = Math.max(0, now - this.#due) / 1000;
		this.#due = now + PERIOD_MS;
		this.delays.observe(late);
		if (late > this.#longest) this.#longest = late;
	}
}
