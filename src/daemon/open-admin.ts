import type { AdminListener } from "../admin/admin-listener.js";
import type { Statistics } from "../admin/statistics.js";
import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import { VERSION } from "../package.js";
import { openAfterPredecessor } from "../process/predecessor.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { Warnings } from "./warnings.js";
import type { Worker } from "./worker.js";

/**
 * Milliseconds after which a map that cannot be read makes the daemon unready. A file is the same for all daemons, but one of
 * them may be cut off from a database that the others reach.
 */
const UNREADABLE_FILE_MS = 30_000;
const UNREADABLE_DATABASE_MS = 3_000;

interface Parts {
	readonly proxy: ReverseProxy;
	readonly warnings: Warnings;
	readonly log: Log;
}

/**
 * Begins to count, for the admin listener: this process's own, or its supervisor's.
 * @returns undefined without an admin listener: then nothing is counted
 */
export async function openStatistics(
	{ admin, sessions, database }: Config,
	parts: Parts,
	worker: Worker | undefined,
): Promise<Statistics | undefined> {
	if (admin === undefined) return undefined;
	const { Statistics } = await import("../admin/statistics.js");
	const mapPath = sessions ?? "";
	const unreadableMs = database ? UNREADABLE_DATABASE_MS : UNREADABLE_FILE_MS;
	const turn = worker && { turn: worker.turn };
	const about = { version: VERSION, mapPath, unreadableMs, ...turn };
	const statistics = new Statistics({ ...parts, ...about });
	if (worker === undefined) return statistics;
	worker.reportBy((isFull) => statistics.snapshot(isFull));
	statistics.map.onEntered = () => worker.alive();
	return statistics;
}

/** @param signal of the daemon's end */
export async function openAdmin(
	config: Config,
	{ proxy, warnings, log }: Parts,
	statistics: Statistics | undefined,
	signal: AbortSignal,
): Promise<AdminListener | undefined> {
	const { admin: address, adminToken: token } = config;
	if (address === undefined || statistics === undefined) return undefined;
	const { openAdmin } = await import("../admin/admin.js");
	const onDefect = (err: unknown) => warnings.internalFault(err);
	const options = { address, token, onDefect };
	const at = address.kind === "unix" ? address.path : address.port;
	const open = () => openAdmin(statistics, options);
	// A daemon that drains keeps its admin listener to the end.
	const listener = await openAfterPredecessor(open, at, config, signal);
	for (const own of listener.at) {
		proxy.refuseTarget(own);
		log.info(own, "admin listening");
	}
	if (address.kind === "unix")
		log.info({ path: address.path }, "admin listening");
	return listener;
}
