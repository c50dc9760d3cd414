/** The number of workers of each daemon that tests start, from the variable TEST_WORKERS; 0: they are single processes. */
export const WORKERS = Number(process.env.TEST_WORKERS ?? 0);

/** For `skip`: why a test cannot run on a daemon with workers, if that is how it would run. */
export const ONE_PROCESS =
	WORKERS > 0 && "looks inside one process, which TEST_WORKERS excludes";

/** For the environment of a daemon, which has as many workers then unless its flags say otherwise. */
export const WORKERS_VARIABLE =
	WORKERS > 0 ? { GALAXY_PROXY_WORKERS: String(WORKERS) } : {};
