import type { Sum } from "./snapshot.js";

/** One process as it is measured. */
export interface MeasuredProcess {
	/** The number of a worker, or "supervisor"; undefined if the daemon is one process. */
	readonly worker: string | undefined;
	/** For a worker's number also the time of the workers that had it before. */
	readonly cpuSeconds: number;
	/** As in ProcessUse; undefined while no process has this number. */
	readonly startedAt: number | undefined;
	readonly residentMemory: number | undefined;
}

/** A worker as the status page shows it. */
export interface ShownWorker {
	readonly worker: number;
	readonly pid: number;
	readonly generation: number;
	readonly state: WorkerState;
	/** Empty until the worker has said it. */
	readonly version: string;
	/** Node's version, likewise. */
	readonly node: string;
	/** Milliseconds of Unix time. */
	readonly started: number;
}

export const WORKER_STATES = ["starting", "serving", "draining"] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** The workers of a supervisor. */
export interface GroupView {
	readonly workers: readonly ShownWorker[];
	/** The pid of the spare, once it has loaded everything. */
	readonly spare: number | undefined;
	/** Workers that ended without an order. */
	readonly deaths: number;
}

/** The daemon at one moment, as all pages of the admin listener show it. */
export interface View {
	readonly sum: Sum;
	readonly processes: readonly MeasuredProcess[];
	/** Undefined if the daemon is one process. */
	readonly group: GroupView | undefined;
}

/** A daemon that the admin listener can show: one process, or a group of workers. */
export interface Viewed {
	readonly version: string;
	readonly mapPath: string;
	/** A fresh view. isFull: with the sessions. */
	view(isFull: boolean): View | Promise<View>;
	/** Why the daemon is not ready, or undefined when it is. */
	notReady(): string | undefined;
	/** Why the daemon cannot give even the last good answers, or undefined when it can. */
	notServing(): string | undefined;
}
