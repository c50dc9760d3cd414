/** The first descriptor that a service manager passes (SD_LISTEN_FDS_START). */
const FIRST = 3;
const VARIABLES = [
	"LISTEN_FDS",
	"LISTEN_PID",
	"LISTEN_FDNAMES",
	"LISTEN_PIDFDID",
];

/** What a service manager passed cannot be served; the message says what to do. */
export class DescriptorsError extends Error {}

/**
 * Listening sockets that a service manager opened for this process (systemd's socket units, sd_listen_fds(3)). Takes the
 * variables that tell of them out of the environment, so that no child takes the descriptors for its own. Node itself has
 * marked all descriptors that it inherited as not to be inherited further.
 * @returns their numbers; none where they are meant for another process, or there are none
 * @throws {DescriptorsError} where LISTEN_FDS is no number of descriptors
 */
export function takeDescriptors(env: NodeJS.ProcessEnv, pid: number): number[] {
	const { LISTEN_FDS: count, LISTEN_PID: meant } = env;
	for (const name of VARIABLES) delete env[name];
	// A wrapper that started us inherited them as well, and did not hand them on.
	if (count === undefined || meant !== String(pid)) return [];
	if (!/^\d{1,4}$/.test(count))
		throw new DescriptorsError(
			`LISTEN_FDS: ${JSON.stringify(count)} is no number of descriptors; the service manager sets it, nobody else should`,
		);
	return Array.from({ length: Number(count) }, (_, index) => FIRST + index);
}
