import { availableParallelism } from "node:os";

/** Number of CPUs that this process may use, at least 1. */
export function usableCpus(): number {
	return availableParallelism();
}
