/** Runs of a case that making it smaller may take, and milliseconds: each may wait until patience ends. */
const MOST_RUNS = 300;
const MOST_MS = 20_000;

/**
 * Makes a failing case smaller for as long as it fails.
 * @param smaller what could be tried instead of a case, the smallest first
 * @param fails runs a case
 */
export async function minimise<T>(
	found: T,
	smaller: (one: T) => T[],
	fails: (one: T) => Promise<boolean>,
): Promise<T> {
	let least = found;
	let runs = 0;
	const until = performance.now() + MOST_MS;
	for (let again = true; again; ) {
		again = false;
		for (const one of smaller(least)) {
			if (++runs > MOST_RUNS || performance.now() > until) return least;
			if (!(await fails(one))) continue;
			least = one;
			again = true;
			break;
		}
	}
	return least;
}
