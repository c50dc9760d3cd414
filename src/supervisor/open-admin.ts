import type { Config } from "../config/config.js";
import type { OwnAddress } from "../group.js";
import { FAULTS_A_MINUTE } from "../limits.js";
import { type Log, rateLimited, StartError } from "../log/log.js";
import { openAfterPredecessor } from "../process/predecessor.js";
import type { GroupStatistics } from "./group-statistics.js";

/** The admin listener of all workers. */
export interface GroupAdmin {
	readonly statistics: GroupStatistics;
	readonly at: readonly OwnAddress[];
	close(): void;
}

/**
 * Opens the admin listener. It is open before the workers start, so that it can report their start.
 * @param signal of the supervisor's end
 * @returns undefined without --admin; then its code is not loaded
 * @throws {StartError} that says what to check
 */
export async function openGroupAdmin(
	config: Config,
	log: Log,
	signal: AbortSignal,
): Promise<GroupAdmin | undefined> {
	const { admin: address, adminToken: token, sessions } = config;
	if (address === undefined) return undefined;
	const { openAdmin } = await import("../admin/admin.js");
	const { GroupStatistics } = await import("./group-statistics.js");
	const statistics = new GroupStatistics(sessions ?? "", () => log.dropped());
	const limited = rateLimited(log, FAULTS_A_MINUTE);
	const onDefect = (err: unknown) => {
		statistics.internalFault();
		limited.error({ err }, "internal fault");
	};
	const options = { address, token, onDefect };
	const at = address.kind === "unix" ? address.path : address.port;
	const open = () => openAdmin(statistics, options);
	// A supervisor that drains keeps its admin listener to the end.
	const listener = await openAfterPredecessor(open, at, config, signal).catch(
		(cause: Error) => {
			throw new StartError(cause.message, { cause });
		},
	);
	for (const own of listener.at) log.info(own, "admin listening");
	if (address.kind === "unix")
		log.info({ path: address.path }, "admin listening");
	return { statistics, at: listener.at, close: () => listener.close() };
}
