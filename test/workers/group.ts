import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
	type Daemon,
	type DaemonOptions,
	type LogLine,
	startDaemon,
} from "../support/daemon.js";

/** A supervisor with its workers, and how they are replaced. */
export interface WorkerGroup {
	readonly daemon: Daemon;
	/** The workers that serve; draining ones are left out. */
	pids(): readonly number[];
	/** A rolling restart. */
	roll(): Promise<void>;
	/** Kills all workers that serve at once, and waits until others serve. `meanwhile` runs while none does. */
	killAll(meanwhile?: () => Promise<void>): Promise<void>;
}

export async function startGroup(
	t: TestContext,
	{ workers = 2, args = [], ...options }: DaemonOptions & { workers?: number },
): Promise<WorkerGroup> {
	const daemon = await startDaemon(t, {
		...options,
		args: ["--workers", String(workers), ...args],
	});
	const isReady = ({ msg }: LogLine) => msg === "worker ready";
	const readyLines = () => daemon.lines.filter(isReady);
	const untilReady = (count: number) =>
		daemon.logged(() => readyLines().length >= count);
	await untilReady(workers);
	function pids(): readonly number[] {
		const bySlot = new Map<unknown, number>();
		for (const { worker, workerPid } of readyLines())
			bySlot.set(worker, Number(workerPid));
		return [...bySlot.values()];
	}
	return {
		daemon,
		pids,
		async roll() {
			const isDone = ({ msg }: LogLine) => msg === "rolling restart done";
			const count = () => daemon.lines.filter(isDone).length;
			const before = count();
			process.kill(daemon.pid, "SIGUSR2");
			await daemon.logged(() => count() > before);
		},
		async killAll(meanwhile) {
			const count = readyLines().length;
			const killed = pids();
			for (const pid of killed) process.kill(pid, "SIGKILL");
			await meanwhile?.();
			await untilReady(count + killed.length);
		},
	};
}

/** Asks so often, on new connections, that every worker answers, and expects the same answer each time. */
export async function expectEverywhere<T>(
	ask: () => Promise<T>,
	expected: T,
	message: string,
): Promise<void> {
	for (let round = 0; round < 3; round++) {
		const answers = await Promise.all(Array.from({ length: 8 }, ask));
		for (const answer of answers) assert.deepEqual(answer, expected, message);
	}
}
