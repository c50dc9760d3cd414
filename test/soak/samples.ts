import { existsSync, readFileSync } from "node:fs";
import { setTimeout as rest } from "node:timers/promises";
import type { Soaked } from "./run-soak.js";

/** The resources of the daemon's process at one moment. */
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

/** Milliseconds between two looks at the daemon's report. */
const LOOK_MS = 250;

/** Samples until a quiet daemon has closed its idle upstream connections: UPSTREAM_IDLE_MS and some. */
const CLOSED_SAMPLES = 12;

/** The most samples to wait for, 20 s. They are counted, since the daemon's process may be suspended. */
const MOST_SAMPLES = 40;

/** The daemon's complete report, oldest first. */
export function readSamples(path: string): Sample[] {
	if (!existsSync(path)) return [];
	const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
	return lines.map((line) => JSON.parse(line) as Sample);
}

/** Waits until at most `expected` descriptors are open; without `expected` as long as idle connections last. The last sample. */
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

/** The largest ratio of resident memory, the last third's median to the first's. */
const MOST_GROWTH = 1.05;

/** The share of the time that is warm-up: three minutes of ten. */
const WARM = 0.3;

export interface Verdict {
	/** The end of the warm-up, in seconds since the daemon's start. */
	warmSeconds: number;
	/** Medians, in bytes. */
	rss: { first: number; last: number };
	heapUsed: { first: number; last: number };
	/** In each pause after the warm-up. */
	descriptors: number[];
	/** Empty where the soak passed. */
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

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The medians of the first and the last third, which the verdict compares. */
function thirds(
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
