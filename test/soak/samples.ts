import { existsSync, readFileSync } from "node:fs";
import { setTimeout as rest } from "node:timers/promises";

/** What the daemon's process held at a moment. */
export interface Sample {
	/** Since the process's start. */
	seconds: number;
	/** Bytes. */
	rss: number;
	/** Bytes. */
	heapUsed: number;
	/** Open file descriptors. */
	descriptors: number;
	/** Processor time so far. */
	cpuSeconds: number;
}

/** Milliseconds between two looks at what the daemon reported. */
const LOOK_MS = 250;

/** Samples until a quiet daemon has closed what it kept for a next request: the proxy's UPSTREAM_IDLE_MS and some. */
const CLOSED_SAMPLES = 12;

/** Samples after which it is not waited for any longer: 20 s. Counted, since the daemon may have been stopped meanwhile. */
const MOST_SAMPLES = 40;

/** All that the daemon has reported, oldest first. */
export function readSamples(path: string): Sample[] {
	if (!existsSync(path)) return [];
	const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
	return lines.map((line) => JSON.parse(line) as Sample);
}

/**
 * Waits until no more than `expected` descriptors are open, 20 s at most; without `expected` for as long as idle connections
 * are kept. The last sample.
 */
export async function quietSample(
	path: string,
	expected?: number,
): Promise<Sample> {
	const before = readSamples(path).length;
	for (;;) {
		const fresh = readSamples(path).slice(before);
		const last = fresh.at(-1);
		const isQuiet =
			expected === undefined
				? fresh.length >= CLOSED_SAMPLES
				: last !== undefined && last.descriptors <= expected;
		if (last && (isQuiet || fresh.length >= MOST_SAMPLES)) return last;
		await rest(LOOK_MS);
	}
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** What the criterion compares: the median of `what` in the first and in the last third. */
export function thirds(
	samples: readonly Sample[],
	what: "rss" | "heapUsed",
): { first: number; last: number } {
	const third = Math.floor(samples.length / 3);
	const values = samples.map((sample) => sample[what]);
	return {
		first: median(values.slice(0, third)),
		last: median(values.slice(-third)),
	};
}
