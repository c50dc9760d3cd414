/** Signals whose work needs the running daemon. */
const HELD = ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

type Handlers = Record<(typeof HELD)[number], () => void>;

/**
 * The daemon's signals. SIGTERM, SIGINT and SIGQUIT: the first drains, the second ends at once. SIGALRM is ignored. Others
 * wait until the start is done. A listener for SIGUSR1 also keeps Node from opening its debugger.
 */
export class Signals {
	readonly end: Promise<void>;
	readonly endNow: Promise<void>;
	readonly #due = new Set<keyof Handlers>();
	#handlers: Handlers | undefined;

	constructor() {
		const resolvers: Array<() => void> = [];
		this.end = new Promise((resolve) => resolvers.push(resolve));
		this.endNow = new Promise((resolve) => resolvers.push(resolve));
		for (const name of ["SIGTERM", "SIGINT", "SIGQUIT"])
			process.on(name, () => resolvers.shift()?.());
		for (const name of HELD)
			process.on(name, () => {
				if (this.#handlers === undefined) this.#due.add(name);
				else this.#handlers[name]();
			});
		process.on("SIGALRM", () => undefined);
	}

	/** Handles these signals from now on, and those that came before. */
	handleBy(handlers: Handlers): void {
		this.#handlers = handlers;
		for (const name of this.#due) handlers[name]();
	}
}

/** For a command, which these signals end as usual: lib/main.js ignores them from the start. SIGUSR1 stays ignored. */
export function endBySignals(): void {
	for (const name of ["SIGALRM", "SIGHUP", "SIGUSR2"])
		process.removeAllListeners(name);
}
