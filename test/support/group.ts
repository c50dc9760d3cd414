import type { TestContext } from "node:test";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.js";
import { isReady } from "./workers.js";

/** A supervisor with its workers. */
export interface Group {
	/** The supervisor, and the log of all. */
	readonly daemon: Daemon;
	readonly port: number;
	/** The process that got ready last in this slot, counted from 1. */
	pidOf(slot: number): number;
	/** Waits for the worker that takes this one's place. @returns its pid */
	successorOf(pid: number): Promise<number>;
	/** Waits for a spare besides these. @returns its pid */
	spare(...former: readonly number[]): Promise<number>;
	/** Sends SIGUSR2 and waits until every worker is a new one. */
	roll(): Promise<void>;
}

/** Starts a daemon with `--workers 2`, or as many as `workers` says, and waits until all of them serve. */
export async function startGroup(
	t: Pick<TestContext, "after">,
	{ workers = 2, ...options }: DaemonOptions & { workers?: number } = {},
): Promise<Group> {
	const args = ["--workers", String(workers), ...(options.args ?? [])];
	const daemon = await startDaemon(t, { ...options, args });
	let generation = 1;
	const ready = () => daemon.lines.filter(({ msg }) => msg === "worker ready");
	for (let slot = 1; slot <= workers; slot++)
		await daemon.logged((line) => isReady(line, slot));
	return {
		daemon,
		port: daemon.port,
		pidOf: (slot) =>
			Number(ready().findLast(({ worker }) => worker === slot)?.workerPid),
		async successorOf(pid) {
			const at = daemon.lines.findIndex(
				({ msg, workerPid }) => msg === "worker ready" && workerPid === pid,
			);
			const { worker } = daemon.lines[at] ?? {};
			const next = await daemon.logged(
				(line) =>
					line.msg === "worker ready" &&
					line.worker === worker &&
					daemon.lines.indexOf(line) > at,
			);
			return Number(next.workerPid);
		},
		async spare(...former) {
			const { workerPid } = await daemon.logged(
				(line) =>
					line.msg === "spare ready" &&
					!former.includes(Number(line.workerPid)),
			);
			return Number(workerPid);
		},
		async roll() {
			generation++;
			daemon.child.kill("SIGUSR2");
			for (let slot = 1; slot <= workers; slot++)
				await daemon.logged(
					(line) => isReady(line, slot) && line.generation === generation,
				);
			await daemon.logged(
				(line) =>
					line.msg === "rolling restart done" && line.generation === generation,
			);
		},
	};
}
