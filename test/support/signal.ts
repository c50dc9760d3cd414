/** Sends the signal to a process that may just have ended by itself. */
export function signalIfRunning(
	pid: number,
	signal: NodeJS.Signals = "SIGTERM",
): void {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}
