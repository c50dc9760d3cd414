import type { TunnelDrain } from "../group.js";
import type { Log } from "../log/log.js";
import type { WorkerProcess } from "./worker-process.js";

/** Generations of workers that live side by side. */
const GENERATIONS = 3;

/** The group that is restarted. */
export interface Restarted {
	readonly slots: readonly number[];
	/** Every worker that has not ended. */
	readonly all: Iterable<WorkerProcess>;
	/** Starts a worker of the latest generation. */
	start(slot: number): WorkerProcess;
	/** The new worker serves, and the one that had its slot drains. */
	succeed(worker: WorkerProcess): void;
	drain(worker: WorkerProcess, tunnels: TunnelDrain): void;
	hasEnded(): boolean;
}

/** Replaces the workers one by one with the code and the configuration that are on the disk, unless the group ends. */
export async function restartAll(
	generation: number,
	group: Restarted,
	log: Log,
): Promise<void> {
	log.info({ generation }, "rolling restart begins");
	endOldestTunnels(group);
	const failed = await replaceAll(group);
	if (group.hasEnded()) return;
	if (failed === undefined) log.info({ generation }, "rolling restart done");
	else
		log.error(
			{ generation, worker: failed.slot, ...endOf(failed) },
			"rolling restart stopped: the new worker does not serve, so the old ones go on; its own lines say why. Then send SIGUSR2 again",
		);
}

/** @returns the new worker that does not serve, if there is one; the restart stops there */
async function replaceAll(
	group: Restarted,
): Promise<WorkerProcess | undefined> {
	for (const slot of group.slots) {
		const worker = group.start(slot);
		await worker.begun;
		if (group.hasEnded()) return undefined;
		// It has ended, or somebody has told it to since it got ready.
		if (worker.state !== "serving") return worker;
		group.succeed(worker);
	}
	return undefined;
}

/** Makes room for one more generation. */
function endOldestTunnels(group: Restarted): void {
	const generations = new Set(
		[...group.all].map(({ generation }) => generation),
	);
	const newestFirst = [...generations].sort((a, b) => b - a);
	const { [GENERATIONS - 2]: oldest = 0 } = newestFirst;
	for (const worker of group.all)
		if (worker.state === "draining" && worker.generation < oldest)
			group.drain(worker, "now");
}

/** How it ended, for the log. Only parts of an error are shown, because the whole contains the worker's command line. */
function endOf({ pid, end }: WorkerProcess) {
	const { code, signal, error } = end ?? {};
	return error === undefined
		? { workerPid: pid, code, signal }
		: { reason: error.message };
}
