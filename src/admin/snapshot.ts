import { mergedFaults, type ShownFault } from "./recent-faults.js";
import type { SessionRow } from "./session-table.js";

/** Numbers that only grow. */
export type Counter =
	| "requests"
	| "faults"
	| "refused"
	| "tunnels"
	/** Bytes include exchanges in flight. */
	| "bytesFromClient"
	| "bytesToClient"
	| "mapChanges"
	| "internalFaults"
	| "acceptFailures"
	| "sessionRefusals"
	| "addressRefusals"
	| "frontCommands"
	| "droppedLines";

type Counts = Readonly<Record<string, number>>;

/** A histogram as in tally.ts. */
export interface Buckets {
	readonly bounds: readonly number[];
	readonly counts: readonly number[];
	readonly sum: number;
}

/** The counts of a process since its start. They never fall. */
export interface Totals {
	readonly counters: Readonly<Record<Counter, number>>;
	/** By class and termination, as in "2xx --". */
	readonly ends: Counts;
	/** By the kind of the route. */
	readonly lookups: Counts;
	readonly requestTimes: Buckets;
	readonly connectTimes: Buckets;
	readonly loopDelays: Buckets;
	/** The most recent first. */
	readonly faults: readonly ShownFault[];
}

export interface MapState {
	readonly isReadable: boolean;
	/** Why it cannot be read; empty while it is readable. */
	readonly reason: string;
	readonly unreadableSeconds: number;
	/** Seconds of Unix time; 0: it was never read. */
	readonly changedAt: number;
	/** Rows that are refused. */
	readonly ended: number;
	readonly contested: number;
	/** All rows, where they are counted: in a database. */
	readonly rows?: number;
}

export interface ProcessUse {
	/** Seconds of Unix time. */
	readonly startedAt: number;
	readonly cpuSeconds: number;
	/** Bytes. */
	readonly residentMemory: number;
}

/** The numbers of one process at one moment: plain data, because a worker sends it to its supervisor as JSON. */
export interface Snapshot {
	readonly totals: Totals;
	readonly clients: number;
	/** Idle connections to containers. */
	readonly idle: number;
	/** In flight, as tunnels are. */
	readonly requests: number;
	readonly tunnels: number;
	/** Labels of the sessions with a request or tunnel in flight. */
	readonly active: readonly string[];
	readonly map: MapState;
	/** Seconds: the longest delay of the event loop within the last two seconds. */
	readonly longestDelay: number;
	/** Why it is not ready, or undefined when it is. */
	readonly notReady: string | undefined;
	/** Why it cannot give even the last good answers, or undefined when it can. */
	readonly notServing: string | undefined;
	readonly process: ProcessUse;
	/** Undefined unless the snapshot is full. */
	readonly sessions?: readonly SessionRow[];
}

/** The numbers of several processes, summed as if they were one. */
export type Sum = Omit<Snapshot, "process">;

export function processUse(): ProcessUse {
	const { user, system } = process.cpuUsage();
	return {
		startedAt: Math.round(performance.timeOrigin) / 1000,
		cpuSeconds: (user + system) / 1e6,
		residentMemory: residentMemory(),
	};
}

let lastMemory = 0;

/** The last known one while no descriptor is free: the system has it in a file. */
function residentMemory(): number {
	try {
		lastMemory = process.memoryUsage.rss();
	} catch {
		// EMFILE or ENFILE.
	}
	return lastMemory;
}

/** @param all at least one */
export function sumOfTotals(all: readonly Totals[]): Totals {
	return {
		counters: sumOfCounts(all.map(({ counters }) => counters)) as Record<
			Counter,
			number
		>,
		ends: sumOfCounts(all.map(({ ends }) => ends)),
		lookups: sumOfCounts(all.map(({ lookups }) => lookups)),
		requestTimes: sumOfBuckets(all.map(({ requestTimes }) => requestTimes)),
		connectTimes: sumOfBuckets(all.map(({ connectTimes }) => connectTimes)),
		loopDelays: sumOfBuckets(all.map(({ loopDelays }) => loopDelays)),
		faults: mergedFaults(all.map(({ faults }) => faults)),
	};
}

/** What several processes do now. */
export function sumOfLoads(
	all: readonly Snapshot[],
): Pick<Sum, "clients" | "idle" | "requests" | "tunnels" | "active"> {
	const sum = (of: "clients" | "idle" | "requests" | "tunnels") =>
		all.reduce((total, each) => total + each[of], 0);
	return {
		clients: sum("clients"),
		idle: sum("idle"),
		requests: sum("requests"),
		tunnels: sum("tunnels"),
		active: [...new Set(all.flatMap(({ active }) => active))],
	};
}

/** The state of a map that several processes read: as bad as it is for any of them. */
export function worstMap(all: readonly MapState[]): MapState | undefined {
	const most = (of: (map: MapState) => number) => Math.max(...all.map(of));
	const [worst] = all.toSorted(
		(one, other) =>
			Number(one.isReadable) - Number(other.isReadable) ||
			other.unreadableSeconds - one.unreadableSeconds,
	);
	return (
		worst && {
			...worst,
			ended: most(({ ended }) => ended),
			contested: most(({ contested }) => contested),
		}
	);
}

function sumOfCounts(all: readonly Counts[]): Record<string, number> {
	const sum: Record<string, number> = {};
	for (const counts of all)
		for (const [name, count] of Object.entries(counts))
			sum[name] = (sum[name] ?? 0) + count;
	return sum;
}

/** With the bounds of the first. Workers of another version may have others: their values count up to the next bound. */
function sumOfBuckets(all: readonly Buckets[]): Buckets {
	const bounds = all[0]?.bounds ?? [];
	const counts = new Array<number>(bounds.length + 1).fill(0);
	let sum = 0;
	for (const each of all) {
		sum += microseconds(each.sum);
		for (const [at, count] of each.counts.entries()) {
			const bound = each.bounds[at] ?? Number.POSITIVE_INFINITY;
			const next = bounds.findIndex((own) => own >= bound);
			const place = next < 0 ? bounds.length : next;
			counts[place] = (counts[place] as number) + count;
		}
	}
	return { bounds, counts, sum: sum / 1e6 };
}

/** Whole numbers, whose sum does not depend on their order: otherwise a sum could fall by its last digit. */
export function microseconds(seconds: number): number {
	return Math.round(seconds * 1e6);
}
