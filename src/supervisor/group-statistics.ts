import { mergedRows } from "../admin/session-table.js";
import {
	type MapState,
	microseconds,
	processUse,
	type Snapshot,
	type Sum,
	sumOfLoads,
	sumOfTotals,
	type Totals,
	worstMap,
} from "../admin/snapshot.js";
import { noTotals } from "../admin/statistics.js";
import type {
	MeasuredProcess,
	ShownWorker,
	View,
	Viewed,
} from "../admin/view.js";
import type { Word } from "../group.js";
import { VERSION } from "../package.js";
import { Reports } from "./reports.js";
import type { WorkerProcess } from "./worker-process.js";

/** Ended workers that are kept apart, because a message may arrive after the end of the process that sent it. */
const MOST_ENDED = 64;

/** A worker, alive or ended, and its latest numbers. */
interface Member {
	/** Milliseconds of Unix time. */
	readonly started: number;
	/** Changes of the session map that the group had read before this worker. */
	readonly changesBefore: number;
	snapshot: Snapshot | undefined;
	/** From its last full snapshot. */
	sessions: Snapshot["sessions"];
}

const NEVER_READ: MapState = {
	isReadable: false,
	reason: "no worker has read it yet",
	unreadableSeconds: 0,
	changedAt: 0,
	ended: 0,
	contested: 0,
};

/**
 * The numbers of a supervisor's workers, summed as if they were one daemon's. Only numbers that the supervisor keeps are shown,
 * ended workers' included, so that no counter falls.
 */
export class GroupStatistics implements Viewed {
	readonly version = VERSION;
	readonly mapPath: string;
	readonly #droppedLines: () => number;
	readonly #members = new Map<WorkerProcess, Member>();
	readonly #reports = new Map<number, Reports>();
	/** Of the workers that ended before those in #members. */
	#endedTotals = noTotals();
	/** Microseconds, by slot. */
	readonly #endedCpu = new Map<string, number>();
	/** Changes of the session map since the start. Each worker reads them all, so that a sum would count them many times. */
	#mapChanges = 0;
	/** When the last change was read, in seconds of Unix time. A new worker's first read of the map is not a change. */
	#mapChangedAt = 0;
	#internalFaults = 0;
	#deaths = 0;
	#asked = 0;
	#hasServed = false;
	#isDraining = false;

	/** @param droppedLines of the supervisor's own log */
	constructor(mapPath: string, droppedLines: () => number) {
		this.mapPath = mapPath;
		this.#droppedLines = droppedLines;
	}

	started(worker: WorkerProcess): void {
		this.#members.set(worker, {
			started: Date.now(),
			changesBefore: this.#mapChanges,
			snapshot: undefined,
			sessions: undefined,
		});
	}

	heard(worker: WorkerProcess, word: Word): void {
		switch (word.word) {
			case "alive":
			case "last":
				this.#keep(worker, word.snapshot);
				break;
			case "report":
				this.#keep(worker, word.snapshot);
				this.#reports.get(word.id)?.arrived(worker);
				break;
			case "ready":
				this.#hasServed = true;
				break;
			default:
				break;
		}
	}

	ended(worker: WorkerProcess): void {
		for (const reports of this.#reports.values()) reports.arrived(worker);
		const ended = [...this.#members.keys()].filter(hasEnded);
		for (const oldest of ended.slice(0, -MOST_ENDED)) this.#forget(oldest);
	}

	/** A worker ended without an order. */
	died(): void {
		this.#deaths++;
	}

	/** A defect of the supervisor itself. */
	internalFault(): void {
		this.#internalFaults++;
	}

	drain(): void {
		this.#isDraining = true;
	}

	async view(isFull: boolean): Promise<View> {
		await this.#ask(isFull);
		return {
			sum: this.#sum(isFull),
			processes: this.#processes(),
			group: {
				workers: this.#workers(),
				spare: [...this.#members.keys()].find(isSpare)?.pid,
				deaths: this.#deaths,
			},
		};
	}

	/** All workers that accept connections must be ready, because any request may reach one that is not. */
	notReady(): string | undefined {
		const reasons = this.#serving().map((worker) => worker.notReady);
		return this.#notAccepting() ?? reasons.find(isReason);
	}

	/** One serving worker is enough. With a map in PostgreSQL the others ask it for its last routes. */
	notServing(): string | undefined {
		const reasons = this.#serving().map((worker) => worker.notServing);
		const isServing = reasons.includes(undefined);
		return this.#notAccepting() ?? (isServing ? undefined : reasons[0]);
	}

	#notAccepting(): string | undefined {
		if (this.#isDraining) return "shutting down, finishing requests in flight";
		if (this.#serving().length > 0) return undefined;
		return this.#hasServed
			? "no worker serves, others are starting"
			: "the workers are starting";
	}

	#keep(worker: WorkerProcess, said: unknown): void {
		const member = this.#members.get(worker);
		if (member === undefined || !said) return;
		const snapshot = said as Snapshot;
		member.snapshot = snapshot;
		member.sessions = snapshot.sessions ?? member.sessions;
		const { mapChanges } = snapshot.totals.counters;
		const changes = member.changesBefore + mapChanges;
		if (changes <= this.#mapChanges && this.#mapChangedAt > 0) return;
		this.#mapChanges = Math.max(this.#mapChanges, changes);
		this.#mapChangedAt = snapshot.map.changedAt;
	}

	/** Its totals remain. */
	#forget(worker: WorkerProcess): void {
		const { snapshot } = this.#members.get(worker) ?? {};
		this.#members.delete(worker);
		if (snapshot === undefined) return;
		const { totals, process: use } = snapshot;
		this.#endedTotals = sumOfTotals([this.#endedTotals, totals]);
		if (worker.slot !== undefined)
			add(this.#endedCpu, String(worker.slot), microseconds(use.cpuSeconds));
	}

	/** Resolves once each worker has reported, or after half a second. A worker that starts would answer too late. */
	async #ask(isFull: boolean): Promise<void> {
		const id = ++this.#asked;
		const asked = [...this.#members.keys()].filter(
			({ state }) => state === "serving" || state === "draining",
		);
		const reports = new Reports(asked);
		this.#reports.set(id, reports);
		for (const worker of asked) worker.send({ word: "report", id, isFull });
		await reports.all;
		this.#reports.delete(id);
	}

	#sum(isFull: boolean): Sum {
		const living = [...this.#members].filter(
			([worker]) => !hasEnded(worker) && worker.slot !== undefined,
		);
		const known = living.flatMap(([, { snapshot }]) => snapshot ?? []);
		const delays = known.map(({ longestDelay }) => longestDelay);
		const serving = this.#serving();
		const readers = serving.length > 0 ? serving : known;
		const map = worstMap(readers.map((each) => each.map)) ?? NEVER_READ;
		return {
			...sumOfLoads(known),
			totals: this.#totals(),
			map: { ...map, changedAt: this.#mapChangedAt },
			longestDelay: Math.max(0, ...delays),
			notReady: this.notReady(),
			notServing: this.notServing(),
			...(isFull && {
				sessions: mergedRows(living.map(([, { sessions = [] }]) => sessions)),
			}),
		};
	}

	#totals(): Totals {
		const all = [...this.#members.values()].flatMap(({ snapshot }) =>
			snapshot === undefined ? [] : snapshot.totals,
		);
		const sum = sumOfTotals([this.#endedTotals, ...all]);
		const { internalFaults, droppedLines } = sum.counters;
		const counters = {
			...sum.counters,
			mapChanges: this.#mapChanges,
			internalFaults: internalFaults + this.#internalFaults,
			droppedLines: droppedLines + this.#droppedLines(),
		};
		return { ...sum, counters };
	}

	/** One for the supervisor and one for each slot, even while an old worker and a new one share the slot. */
	#processes(): MeasuredProcess[] {
		const cpu = new Map(this.#endedCpu);
		const memory = new Map<string, number>();
		const startedAt = new Map<string, number>();
		for (const [worker, { snapshot }] of this.#members) {
			if (snapshot === undefined || worker.slot === undefined) continue;
			const [slot, use] = [String(worker.slot), snapshot.process];
			add(cpu, slot, microseconds(use.cpuSeconds));
			if (hasEnded(worker)) continue;
			add(memory, slot, use.residentMemory);
			startedAt.set(slot, Math.max(startedAt.get(slot) ?? 0, use.startedAt));
		}
		const slots = [...cpu].map(([worker, time]) => ({
			worker,
			cpuSeconds: time / 1e6,
			residentMemory: memory.get(worker),
			startedAt: startedAt.get(worker),
		}));
		return [...slots, { worker: "supervisor", ...processUse() }];
	}

	#workers(): ShownWorker[] {
		const shown: ShownWorker[] = [];
		for (const [worker, { started }] of this.#members) {
			const { slot, pid, generation, state, version, node } = worker;
			if (slot === undefined || pid === undefined) continue;
			if (state === "ended" || state === "spare") continue;
			const build = { version, node };
			shown.push({ worker: slot, pid, generation, state, ...build, started });
		}
		return shown.sort(
			(one, other) =>
				one.worker - other.worker || one.generation - other.generation,
		);
	}

	/** The last known numbers of the workers that accept connections. */
	#serving(): Snapshot[] {
		return [...this.#members].flatMap(([{ state }, { snapshot }]) =>
			state === "serving" && snapshot !== undefined ? [snapshot] : [],
		);
	}
}

function isReason(reason: string | undefined): reason is string {
	return reason !== undefined;
}

function isSpare({ state }: WorkerProcess): boolean {
	return state === "spare";
}

function hasEnded({ state }: WorkerProcess): boolean {
	return state === "ended";
}

function add(sums: Map<string, number>, name: string, value: number): void {
	sums.set(name, (sums.get(name) ?? 0) + value);
}
