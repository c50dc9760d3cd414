/** Loaded into a daemon before its own code: on SIGWINCH it reports its resources on standard error. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

/** A process's resources. */
export interface Holdings {
	/** Active resources by Node's names: TCPSocketWrap, Timeout, ... */
	readonly active: Readonly<Record<string, number>>;
	/** Bytes, after garbage was collected. */
	readonly heap: number;
	readonly external: number;
	readonly resident: number;
}

if (isMainThread) reportOnSignal();

function reportOnSignal(): void {
	setFlagsFromString("--expose-gc");
	const collect: () => void = runInNewContext("gc");
	process.on("SIGWINCH", () => {
		collect();
		// Collected objects release their native parts in the next turn.
		setImmediate(() => {
			collect();
			process.stderr.write(`${JSON.stringify(holdings())}\n`);
		});
	});
}

function holdings(): Holdings {
	const active: Record<string, number> = {};
	for (const name of process.getActiveResourcesInfo())
		active[name] = (active[name] ?? 0) + 1;
	const { heapUsed, external, rss } = process.memoryUsage();
	return { active, heap: heapUsed, external, resident: rss };
}
