import { setTimeout } from "node:timers/promises";
import type { Config } from "../config/config.js";
import { PASSWORD_IN_ARGUMENTS } from "../database.js";
import { bindSockets } from "../listening/bound-socket.js";
import { takeDescriptors } from "../listening/given-descriptors.js";
import { UNIX } from "../listening/listen.js";
import { continueLog, openLog, StartError } from "../log/log.js";
import { listenError } from "../process/listen-error.js";
import { openAfterPredecessor } from "../process/predecessor.js";
import { serviceManager } from "../process/service-manager.js";
import type { Signals } from "../process/signals.js";
import { openGroupAdmin } from "./open-admin.js";
import { type HeldSocket, Workers } from "./workers.js";

/**
 * The supervisor's life: binds, holds the listening sockets, and keeps --workers processes that serve them.
 * @param args the command line, which the workers get
 * @returns the exit code
 * @throws {StartError} if it cannot bind
 */
export async function supervise(
	config: Config,
	args: readonly string[],
	signals: Signals,
): Promise<number> {
	const log = await openLog({
		level: config.logLevel,
		file: config.logFile,
		verbose: config.verbose,
	}).catch((cause: Error) => {
		throw new StartError(cause.message, { cause });
	});
	if (config.database?.isPasswordInArguments)
		log.warn({}, PASSWORD_IN_ARGUMENTS);
	const ending = new AbortController();
	signals.end.then(() => ending.abort());
	const sockets = await inheritOrBind(config, ending.signal);
	const notify = serviceManager(process.env.NOTIFY_SOCKET, log);
	const admin = await openGroupAdmin(config, log, ending.signal);
	const workers = new Workers({ config, args, sockets, log, admin });
	workers.ready.then(() => notify("READY"));
	signals.handleBy({
		SIGHUP() {
			notify("RELOADING");
			continueLog(log, config.logFile);
			workers.tellAll({ word: "reload" });
			notify("READY");
		},
		SIGUSR1() {
			continueLog(log, config.logFile);
			workers.tellAll({ word: "reopen" });
		},
		async SIGUSR2() {
			notify("RELOADING");
			await workers.roll();
			if (!ending.signal.aborted) notify("READY");
		},
	});
	const reason = await Promise.race([workers.failed, signals.end]);
	if (reason === "npm has ended")
		log.warn({}, "npm, which started this daemon, has ended without it");
	admin?.statistics.drain();
	notify("STOPPING");
	log.info({}, "shutting down, the workers finish requests in flight");
	signals.endNow.then(() => workers.stopAll());
	const drained = workers.drainAll();
	// Closing also removes the path of a unix socket, which clients still need during the delay.
	if (config.drainDelayMs > 0)
		await Promise.race([drained, setTimeout(config.drainDelayMs)]);
	for (const socket of sockets) socket.close();
	await drained;
	log.info({}, "stopped");
	await log.close();
	admin?.close();
	return typeof reason === "number" ? reason : 0;
}

async function inheritOrBind(
	config: Config,
	signal: AbortSignal,
): Promise<readonly HeldSocket[]> {
	try {
		const given = takeDescriptors(process.env, process.pid);
		if (given.length > 0)
			return given.map((fd) => ({ fd, close: () => undefined }));
		const { ip, port } = config;
		const at = ip.startsWith(UNIX) ? ip.slice(UNIX.length) : port;
		const bind = () => bindSockets(ip, port);
		return await openAfterPredecessor(bind, at, config, signal);
	} catch (cause) {
		throw await listenError(config, cause as NodeJS.ErrnoException);
	}
}
