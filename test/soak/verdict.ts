import type { Soaked } from "./run-soak.js";
import { type Sample, thirds } from "./samples.js";

/** Of the resident memory, the last third's median over the first's. */
export const MOST_GROWTH = 1.05;

/** The part of the time that is warm-up: three minutes of ten. */
const WARM = 0.3;

export interface Verdict {
	/** Seconds since the daemon's start until which it warmed up. */
	warmSeconds: number;
	/** Medians, in bytes. */
	rss: { first: number; last: number };
	heapUsed: { first: number; last: number };
	/** In each pause after the warm-up. */
	descriptors: number[];
	/** What does not hold; empty when all does. */
	failures: string[];
}

export function verdictOn({ samples, quiet, tally }: Soaked): Verdict {
	const warmSeconds = (samples.at(-1)?.seconds ?? 0) * WARM;
	const isWarm = (sample: Sample): boolean => sample.seconds > warmSeconds;
	const warm = samples.filter(isWarm);
	const rss = thirds(warm, "rss");
	const descriptors = quiet.filter(isWarm).map((sample) => sample.descriptors);
	const failures: string[] = [];
	if (tally.wrong > 0) failures.push(...tally.examples);
	if (rss.last > rss.first * MOST_GROWTH)
		failures.push(`resident memory grew by ${rss.last / rss.first}`);
	if (new Set(descriptors).size > 1)
		failures.push(`descriptors in the pauses: ${descriptors.join(", ")}`);
	return {
		warmSeconds,
		rss,
		heapUsed: thirds(warm, "heapUsed"),
		descriptors,
		failures,
	};
}
