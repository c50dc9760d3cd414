import { isStartedByNpm, whenNpmEnds } from "./npm-parent.js";

/** Signals whose work needs the running daemon. */
const HELD = ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

type Handlers = Record<(typeof HELD)[number], () => void>;

/** Why the process ends. */
export type EndReason =
	| "signal"
	| "npm has ended"
	| "order"
	| "rolling restart"
	| "supervisor has ended";

/** Milliseconds in which signals under npm are one: it repeats what its process group, and so this daemon, got already. */
const ECHO_MS = 500;

/**
 * The daemon's signals. SIGTERM, SIGINT and SIGQUIT: the first drains, the second ends at once; the end of npm, if npm started
 * the daemon, drains too. SIGALRM is ignored. Others wait until the start is done. A listener for SIGUSR1 also keeps Node from
 * opening its debugger.
 */
export class Signals {
	readonly end: Promise<EndReason>;
	readonly endNow: Promise<void>;
	/** Lets the process end, as the first SIGTERM does. Later calls do nothing. */
	readonly drain: (why: EndReason) => void;
	/** Ends the process at once, as the second SIGTERM does. */
	readonly stop: () => void;
	readonly #due = new Set<keyof Handlers>();
	#handlers: Handlers | undefined;

	constructor(env: NodeJS.ProcessEnv) {
		const isUnderNpm = isStartedByNpm(env);
		const echoMs = isUnderNpm ? ECHO_MS : 0;
		let drain: (why: EndReason) => void = () => undefined;
		let stop = (): void => undefined;
		this.end = new Promise((resolve) => {
			drain = resolve;
		});
		this.endNow = new Promise((resolve) => {
			stop = resolve;
		});
		this.drain = drain;
		this.stop = stop;
		let first: number | undefined;
		for (const name of ["SIGTERM", "SIGINT", "SIGQUIT"])
			process.on(name, () => {
				const now = performance.now();
				if (first !== undefined && now - first >= echoMs) stop();
				first ??= now;
				drain("signal");
			});
		if (isUnderNpm) whenNpmEnds().then(() => drain("npm has ended"));
		for (const name of HELD) process.on(name, () => this.raise(name));
		process.on("SIGALRM", () => undefined);
	}

	/** Does the work of a signal now, or once the start is done. */
	raise(name: keyof Handlers): void {
		if (this.#handlers === undefined) this.#due.add(name);
		else this.#handlers[name]();
	}

	/** Handles these signals from now on, and earlier ones. */
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
