/** The same clock in all processes and threads of this machine, in milliseconds; performance.now() begins with the thread. */
export function steadyNow(): number {
	return steadyOf(performance.now());
}

/** @param now of this thread's performance.now() */
export function steadyOf(now: number): number {
	return now + THREAD_BEGAN;
}

/** This thread's performance.now() at that time; negative if it had not begun. */
export function ownTimeOf(steady: number): number {
	return steady - THREAD_BEGAN;
}

/**
 * The clocks are read one after the other. The time in between makes their difference too small, and is long where the second
 * clock is loaded at its first use or the thread is interrupted. So the largest of several differences is the right one.
 */
const THREAD_BEGAN: number = Math.max(
	...Array.from(
		{ length: 10 },
		() => Number(process.hrtime.bigint()) / 1e6 - performance.now(),
	),
);
