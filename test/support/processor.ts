import { readFileSync } from "node:fs";

/**
 * Milliseconds for which each of these processes was ready to run and got no processor so far, by other work of the machine; 0
 * where the system does not count them.
 */
function unserved(pids: readonly number[]): number[] {
	return pids.map((pid) => {
		try {
			const text = readFileSync(`/proc/${pid}/schedstat`, "utf8");
			return Number(text.split(" ")[1]) / 1e6;
		} catch {
			return 0;
		}
	});
}

/** Starts a clock that stands still while one of these processes waits for a processor; of several, the one that waits longest. */
export function startClock(pids: readonly number[]): () => number {
	const before = unserved(pids);
	const begun = performance.now();
	return () => {
		const took = performance.now() - begun;
		const waits = unserved(pids).map((wait, at) => wait - (before[at] ?? 0));
		return took - Math.max(0, ...waits);
	};
}
