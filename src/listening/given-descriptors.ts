/** The first descriptor that a service manager passes (SD_LISTEN_FDS_START). */
export const FIRST_DESCRIPTOR = 3;
const VARIABLES = [
	"LISTEN_FDS",
	"LISTEN_PID",
	"LISTEN_FDNAMES",
	"LISTEN_PIDFDID",
];

/** The descriptors of a service manager cannot be served; the message says what to do. */
export class DescriptorsError extends Error {}

/**
 * Takes over the listening sockets that a service manager opened for this process (systemd's socket units,
 * sd_listen_fds(3)). Their variables are removed from the environment, so that no child uses the descriptors. Node itself
 * has marked all inherited descriptors as not to be inherited further.
 * @returns their numbers; empty when there are none, or they are meant for another process
 * @throws {DescriptorsError} when LISTEN_FDS is not a number of descriptors
 */
export function takeDescriptors(env: NodeJS.ProcessEnv, pid: number): number[] {
	const { LISTEN_FDS: count, LISTEN_PID: recipient } = env;
	for (const name of VARIABLES) delete env[name];
	// A wrapper that started us has the variables too, but did not pass its descriptors on.
	if (count === undefined || recipient !== String(pid)) return [];
	if (!/^\d{1,4}$/.test(count))
		throw new DescriptorsError(
			`LISTEN_FDS: ${JSON.stringify(count)} is not a number of descriptors; only the service manager should set it`,
		);
	return Array.from(
		{ length: Number(count) },
		(_, index) => FIRST_DESCRIPTOR + index,
	);
}
