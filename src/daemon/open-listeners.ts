import type { Config } from "../config/config.js";
import {
	DescriptorsError,
	takeDescriptors,
} from "../listening/given-descriptors.js";
import { type ListeningAt, UNIX } from "../listening/listen.js";
import { listenError } from "../process/listen-error.js";
import { openAfterPredecessor } from "../process/predecessor.js";
import type { Listeners } from "../proxy/listeners.js";

/**
 * Listens on the sockets that a supervisor or a service manager passed, if any, else at --ip and --port.
 * @param signal of the daemon's end
 * @param inherited a worker's listening sockets
 * @throws {StartError} in one line for the operator
 */
export async function openListeners(
	listeners: Listeners,
	config: Config,
	signal: AbortSignal,
	inherited: readonly number[] = [],
): Promise<readonly ListeningAt[]> {
	try {
		if (inherited.length > 0) return await adopt(listeners, inherited);
		const given = takeDescriptors(process.env, process.pid);
		if (given.length > 0) return await adopt(listeners, given);
		const { ip, port } = config;
		const listen = () => listeners.listen(ip, port);
		const at = ip.startsWith(UNIX) ? ip.slice(UNIX.length) : port;
		return await openAfterPredecessor(listen, at, config, signal);
	} catch (cause) {
		throw await listenError(config, cause as NodeJS.ErrnoException);
	}
}

/** Errors that say nothing about the kind of a descriptor. */
const OTHER_REASONS = /^(EADDRINUSE|EMFILE|ENFILE|ENOBUFS|ENOMEM)$/;

function adopt(
	listeners: Listeners,
	descriptors: readonly number[],
): Promise<readonly ListeningAt[]> {
	return listeners.adopt(descriptors).catch((error: NodeJS.ErrnoException) => {
		if (OTHER_REASONS.test(error.code ?? "")) throw error;
		throw new DescriptorsError(
			`cannot listen on the descriptors that LISTEN_FDS counts: ${error.message}; a systemd socket unit needs ListenStream=, and Accept=no`,
		);
	});
}
