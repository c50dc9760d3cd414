import type { AdminListener } from "../admin/admin-listener.js";
import { type Config, clientsThatFit } from "../config/config.js";
import type { ExchangeRecord, Observer } from "../exchange-record.js";
import type { ListeningAt } from "../listening/listen.js";
import { type Log, openLog, StartError } from "../log/log.js";
import type { Signals } from "../process/signals.js";
import { Listeners } from "../proxy/listeners.js";
import type { Find } from "../route.js";
import type { SessionMap } from "../session-map/session-map.js";
import { openAdmin, openStatistics } from "./open-admin.js";
import { openListeners } from "./open-listeners.js";
import { openMap, openUndecided } from "./open-map.js";
import { openOwnerCheck } from "./open-owner-check.js";
import { shutDown } from "./shutdown.js";
import type { UndecidedMap } from "./undecided-map.js";
import { Warnings } from "./warnings.js";
import type { Worker } from "./worker.js";

/** A daemon's settings, and how it gets them again. */
export interface DaemonSettings {
	readonly config: Config;
	/** The Config as it would be now, in the same mode. @throws {UsageError} */
	readonly readConfig: () => Config;
	/** The Config of an undecided mode, once the map has these tables. @throws {UsageError} if they show two modes */
	readonly decide: (tables: readonly string[]) => Config;
}

/** A session key that no map has, neither of environments nor of tools. */
const NOBODY = "-/-";

// Longer than 60 lines: the order of a start is read in one place.
/**
 * The daemon's life: listens, opens log and session map, serves until a signal, drains. A worker listens last, because other
 * workers serve in the meantime.
 * @returns the exit code
 * @throws {StartError} if it cannot serve
 */
export async function run(
	{ config, readConfig, decide }: DaemonSettings,
	signals: Signals,
	worker?: Worker,
): Promise<number> {
	const warnings = new Warnings();
	// More would take the descriptors that map, log and modules not loaded yet need.
	const places = clientsThatFit();
	const listeners = new Listeners((err) => warnings.acceptFailed(err), places);
	const ending = new AbortController();
	signals.end.then(() => ending.abort());
	const listen = () =>
		openListeners(listeners, config, ending.signal, worker?.takeSockets());
	const listening = worker === undefined ? listen() : undefined;
	// A failure is thrown once there is a log to write it to.
	const tried = Promise.allSettled([listening]);
	if (!config.standby) await tried;

	// Loaded only now, because it is half of the code. Clients wait until then.
	const core = await import("../proxy/proxy.js").catch(fail);
	const ended: ExchangeRecord[] = [];
	let mapOpened: (find: Find) => void = () => undefined;
	const opening = new Promise<Find>((resolve) => {
		mapOpened = resolve;
	});
	const maxClients = Math.min(config.maxClients, places);
	const proxy = new core.ReverseProxy(
		{
			...config,
			isInner: config.sessions === undefined,
			maxClients,
			mark: worker?.start.mark,
		},
		{
			find: (key) => opening.then((find) => find(key)),
			page: () => undefined,
			mayHaveChanged: () => [],
			observe: (record) => ended.push(record),
			onUnverifiedOrigin: () => warnings.originUnverified(),
			onPortRefused: (key, ports) => warnings.portRefused(key, ports),
			onMissingPathPrefix: () => warnings.pathPrefixMissing(),
			onFrontCommands: (key, fields) => warnings.frontCommand(key, fields),
			internalFault: (err) => warnings.internalFault(err),
		},
		listeners,
	);

	const log = await openLog({
		level: config.logLevel,
		file: config.logFile,
		verbose: config.verbose,
	}).catch(fail);
	warnings.logTo(log);
	const announce = (opened: readonly ListeningAt[] = []) => {
		for (const { address, port } of opened)
			log.info({ address, port }, "listening");
	};
	if (!config.standby) announce(await listening);
	if (maxClients < config.maxClients)
		log.warn(
			{ maxClients },
			"the open file limit allows fewer clients than --max-clients; more are not accepted: raise it (LimitNOFILE, ulimit -n)",
		);

	if (config.mode !== "undecided") announceMode(log, config);
	if (worker !== undefined) proxy.share(worker);
	const parts = { proxy, warnings, log, group: worker };
	const statistics = await openStatistics(config, parts, worker);
	const { exchangeLogger } = await import("../log/exchange-log.js");
	const logExchanges = (verbose: boolean): Observer => {
		log.verbose(verbose);
		const logged = exchangeLogger(log, verbose);
		const observe = statistics?.observing(logged) ?? logged;
		proxy.use({ observe });
		return observe;
	};
	const observe = logExchanges(config.verbose);
	for (const record of ended) observe(record);

	const useMap = (map: SessionMap): Find => {
		const find = statistics?.map.counting(map) ?? map.find;
		const { findLast, mayHaveChanged, recheckedAtOnce } = map;
		const { connectionEnded: onConnectionEnded } = map;
		proxy.use({
			...{ find, findLast, mayHaveChanged },
			isMapReadable: () => {
				const { readable, isAwaited = false } = map.state();
				return readable || isAwaited;
			},
			...{ recheckedAtOnce, onConnectionEnded },
		});
		return find;
	};
	const opened: Promise<SessionMap & Partial<UndecidedMap>> =
		config.mode === "undecided"
			? openUndecided(config, parts, statistics, {
					decide,
					onDecided(active, map) {
						announceMode(log, active);
						proxy.decide({ ...active, maxClients });
						useMap(map);
					},
				})
			: openMap(config, parts, statistics);
	const [map, { openPages }] = await Promise.all([
		opened,
		import("../pages/pages.js"),
	]).catch(fail);
	const pages = openPages(config.errorPages, config.galaxyUrl);
	proxy.use({ page: pages.find });
	const owners = await openOwnerCheck(config, parts).catch(fail);
	mapOpened(useMap(map));
	if (map.decided !== undefined)
		proxy.use({ decideMode: map.look, awaitMode: map.decided });
	const { serviceManager } = await import("../process/service-manager.js");
	const notify = serviceManager(process.env.NOTIFY_SOCKET, log);
	const { reloader } = await import("./reload.js");
	const live = { log, proxy, map, pages, readConfig, logExchanges };
	const { reload, reopenLog } = reloader(config, live);
	signals.handleBy({
		SIGHUP() {
			notify("RELOADING");
			reload();
			notify("READY");
		},
		SIGUSR1: reopenLog,
		SIGUSR2: () => log.info({}, "SIGUSR2 does nothing without --workers"),
	});
	let admin: AdminListener | undefined;
	if (worker !== undefined) {
		for (const own of worker.start.refusedTargets) proxy.refuseTarget(own);
		// A spare leaves the database's connections to the workers that serve.
		if (config.database !== undefined) await worker.awaitTurn();
		// The other workers serve until the map is read, or waited for as long as a request waits.
		if (!ending.signal.aborted) await map.find(NOBODY);
		worker.alive();
		await worker.awaitTurn();
		if (!ending.signal.aborted)
			worker.say({ word: "ready", at: await listen() });
	} else {
		if (config.standby && listening !== undefined) {
			// The unit of a standby has started when it waits.
			notify("READY");
			const { takeOver } = await import("./standby.js");
			announce(await takeOver(listening, signals.end, config, log));
		}
		if (!ending.signal.aborted)
			admin = await openAdmin(config, parts, statistics, ending.signal).catch(
				fail,
			);
		notify("READY");
	}

	const reason = await signals.end;
	if (reason === "npm has ended")
		log.warn({}, "npm, which started this daemon, has ended without it");
	worker?.say({ word: "draining" });
	statistics?.drain();
	notify("STOPPING");
	// A standby that still waits has no clients to be patient with.
	const drainDelayMs = listeners.at.length > 0 ? config.drainDelayMs : 0;
	const settings = { ...config, drainDelayMs };
	const cut = await shutDown(reason, settings, { proxy, log, signals, worker });
	owners?.close();
	await map.close();
	const { internalFaults } = warnings;
	log.info({ internalFaults, cut }, "stopped");
	await log.close();
	worker?.last();
	admin?.close();
	return 0;
}

function announceMode(log: Log, { mode, modeSign, sessions }: Config): void {
	log.info({ mode, sign: modeSign }, "mode decided");
	// Gravity's tests wait for this line of gx-it-proxy's.
	if (mode === "gxit" && sessions !== undefined)
		log.info({}, `Watching path ${sessions}`);
}

/** Ends a start with one line. Without a free descriptor, Node 22 reports a package that it cannot open as missing. */
function fail(cause: NodeJS.ErrnoException): never {
	const { code, message } = cause;
	if (code?.endsWith("MODULE_NOT_FOUND") !== true)
		throw new StartError(message, { cause });
	const remedy =
		clientsThatFit() === 1
			? "too many open files: the limit is too low, raise it (LimitNOFILE, ulimit -n)"
			: `a package is missing, run npm install in the folder of galaxy-proxy: ${message.split("\n", 1)[0]}`;
	throw new StartError(remedy, { cause });
}
