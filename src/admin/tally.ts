import {
	type ExchangeRecord,
	isByContainer,
	TERMINATIONS,
} from "../exchange-record.js";
import type { Buckets } from "./snapshot.js";

/** Hundreds of the status; "none": the client got no answer. */
const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Seconds. From a small answer of a container on this machine to a large transfer. */
const REQUEST_BOUNDS = [
	0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
	60, 300,
];
/** Seconds. The highest is far above the default of --connect-timeout. */
const CONNECT_BOUNDS = [
	0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30,
];

/** Shown from the start with a count of 0, since otherwise a rate would miss the first exchange of a series. */
const USUAL = ["2xx --", "3xx --", "4xx PR", "5xx PR", "5xx SC", "5xx SH"];

/** Counts finished exchanges. Each costs only some additions; texts are made only when somebody reads them. */
export class Tally {
	requests = 0;
	/** Answered 5xx by the container or by us, or ended by the container or a defect. */
	faults = 0;
	refused = 0;
	tunnels = 0;
	bytesFromClient = 0;
	bytesToClient = 0;
	/** Seconds; without tunnels, whose duration is not a time of waiting. */
	readonly requestTimes = new Histogram(REQUEST_BOUNDS);
	/** Seconds; new connections only. */
	readonly connectTimes = new Histogram(CONNECT_BOUNDS);
	readonly #ends = new Float64Array(CLASSES.length * TERMINATIONS.length);

	observe(record: ExchangeRecord): void {
		const { status, termination, connectMs } = record;
		const hundreds = Math.min((status / 100) | 0, CLASSES.length - 1);
		const at =
			hundreds * TERMINATIONS.length + TERMINATIONS.indexOf(termination);
		this.#ends[at] = (this.#ends[at] as number) + 1;
		this.requests++;
		const { by } = termination;
		if (status >= 500 || isByContainer(termination) || by === "defect")
			this.faults++;
		else if (status >= 400) this.refused++;
		this.bytesFromClient += record.bytesFromClient;
		this.bytesToClient += record.bytesToClient;
		if (connectMs >= 0) this.connectTimes.observe(connectMs / 1000);
		if (status === 101) this.tunnels++;
		else this.requestTimes.observe((record.endedAt - record.startedAt) / 1000);
	}

	/** By class and termination, as in "2xx --": the usual combinations, and all others that occurred. */
	ends(): Record<string, number> {
		const found = Object.fromEntries(USUAL.map((name) => [name, 0]));
		for (const [at, count] of this.#ends.entries()) {
			const { letters } = TERMINATIONS[at % TERMINATIONS.length] ?? {};
			const name = CLASSES[Math.floor(at / TERMINATIONS.length)];
			if (count > 0) found[`${name} ${letters}`] = count;
		}
		return found;
	}
}

/**
 * Counts values by bounds in plain numbers: every request is counted here, and prom-client's histograms cost some
 * microseconds a value.
 */
export class Histogram {
	/** Values up to each bound and above the one before; the last count is for values above all bounds. Only grows. */
	readonly counts: Float64Array;
	sum = 0;

	readonly bounds: readonly number[];

	/** @param bounds ascending */
	constructor(bounds: readonly number[]) {
		this.bounds = bounds;
		this.counts = new Float64Array(bounds.length + 1);
	}

	observe(value: number): void {
		const { bounds, counts } = this;
		let at = 0;
		while (at < bounds.length && value > (bounds[at] as number)) at++;
		counts[at] = (counts[at] as number) + 1;
		this.sum += value;
	}

	/** A copy as plain data. */
	buckets(): Buckets {
		const { bounds, counts, sum } = this;
		return { bounds, counts: Array.from(counts), sum };
	}
}

/**
 * The value below which this share (0 to 1) of the counted values lies, interpolated between two bounds like PromQL's
 * histogram_quantile; the highest bound for values above it; undefined if nothing was counted.
 */
export function quantile(
	share: number,
	bounds: readonly number[],
	counts: Iterable<number>,
): number | undefined {
	const found = Array.from(counts);
	const total = found.reduce((sum, count) => sum + count, 0);
	if (total === 0) return undefined;
	const rank = share * total;
	let below = 0;
	for (const [at, bound] of bounds.entries()) {
		const count = found[at] as number;
		if (below + count >= rank && count > 0) {
			const floor = at === 0 ? 0 : (bounds[at - 1] as number);
			return floor + (bound - floor) * ((rank - below) / count);
		}
		below += count;
	}
	return bounds.at(-1);
}
