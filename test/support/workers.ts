import type { LogLine } from "./daemon.js";

/** The number of workers of each daemon that tests start, from the variable TEST_WORKERS; 0: they are single processes. */
export const WORKERS = Number(process.env.TEST_WORKERS ?? 0);

/** For `skip`: why a test cannot run on a daemon with workers, if that is how it would run. */
export const ONE_PROCESS =
	WORKERS > 0 && "looks inside one process, which TEST_WORKERS excludes";

/** How many workers TEST_WORKERS adds to a daemon with these flags. */
export function workersAdded(flags: readonly string[] = []): number {
	const isOwn = flags.some((flag) => /^--(workers|standby)\b/.test(flag));
	return isOwn ? 0 : WORKERS;
}

/**
 * The environment of a daemon with these flags, with the variable that adds the workers. Settings from the developer's
 * environment must not reach it.
 */
export function environmentFor(flags?: readonly string[]): NodeJS.ProcessEnv {
	const foreign = /^(GALAXY_|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/;
	const own = Object.entries(process.env).filter(
		([name]) => !foreign.test(name),
	);
	const count = workersAdded(flags);
	return {
		...Object.fromEntries(own),
		...(count > 0 && { GALAXY_PROXY_WORKERS: String(count) }),
	};
}

/** Whether the line says that the worker of this slot serves. */
export function isReady({ msg, worker }: LogLine, slot: number): boolean {
	return msg === "worker ready" && worker === slot;
}
