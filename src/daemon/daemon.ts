import type { Observatory } from "../admin/statistics.js";
import { type Config, clientsThatFit } from "../config/config.js";
import type { ExchangeRecord, Observer } from "../exchange-record.js";
import { FAULTS_A_MINUTE } from "../limits.js";
import { type Log, openLog, rateLimited } from "../log/log.js";
import type { ErrorPages } from "../pages/pages.js";
import type { ProxyParts } from "../proxy/context.js";
import { Listeners } from "../proxy/listeners.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { Find } from "../route.js";
import type { MapState, SessionMap } from "../session-map/session-map.js";
import { VERSION } from "../version.js";
import { FrontCommandLog } from "./container-warnings.js";
import { listen, whyNotListening } from "./listening.js";
import { observatoryFor, observerOf, openAdmin } from "./open-admin.js";
import type { ServiceState } from "./service-manager.js";
import { Signals } from "./signals.js";

/** What comes after the proxy serves, because loading it takes longer. */
interface Late {
	log: Log | null;
	/** The same, for what may come many times a second. */
	faults: Log | null;
	map: SessionMap | null;
	pages: ErrorPages | null;
	/** Exchanges that ended before the log was there. */
	early: ExchangeRecord[];
	internalFaults: number;
	acceptFailures: number;
}

// Over the house's 60 lines: the order of a start is read in one place.
/**
 * The daemon's life: listens, looks for the map, serves until a signal. Resolves with the exit code.
 * @param read what the Config would be now; throws where that is wrong
 */
export async function run(config: Config, read: () => Config): Promise<number> {
	const signals = new Signals();
	const late: Late = {
		log: null,
		faults: null,
		map: null,
		pages: null,
		early: [],
		internalFaults: 0,
		acceptFailures: 0,
	};
	// More would take the descriptors that map, log and modules not loaded yet need.
	const places = clientsThatFit();
	const maxClients = Math.min(config.maxClients, places);
	const listeners = new Listeners((err) => acceptFailed(late, err), places);
	const listening = await listen(listeners, config).catch(asError);
	// Only now: it is half of what there is to load.
	const core = await import("../proxy/proxy.js").catch(asError);
	if (core instanceof Error) return noLog(core);
	let mapOpened: (map: SessionMap) => void = () => undefined;
	const opening = new Promise<SessionMap>((resolve) => {
		mapOpened = resolve;
	});
	const find: Find = (key, sincePoll) =>
		late.map?.find(key, sincePoll) ?? opening.then((map) => map.find(key));
	const commands = new FrontCommandLog();
	const seen = await observatoryFor(config, {
		version: VERSION,
		sessions: config.sessions,
		find,
		load: () => proxy.load(),
		shareRefusals: () => proxy.shareRefusals(),
		refusedRows: () => late.map?.counts() ?? { ended: 0, contested: 0 },
		mapReason: () => late.map?.state().reason ?? "it is being opened",
		internalFaults: () => late.internalFaults,
		acceptFailures: () => late.acceptFailures,
		frontCommands: () => commands.count,
		linesDropped: () => late.log?.dropped() ?? 0,
	});
	let observe: Observer = (exchange) => late.early.push(exchange);
	const options = { ...config, maxClients };
	const proxyParts: ProxyParts = {
		find: seen === null ? find : seen.map.counting(find),
		page: (name, occasion) => late.pages?.find(name, occasion) ?? null,
		mayHaveChanged: (placed) => late.map?.mayHaveChanged(placed) ?? [],
		observe: (exchange) => observe(exchange),
		onUnjudgedOrigin: once(() =>
			late.log?.warn(
				{},
				"a WebSocket's page cannot be judged, because the front proxy on this machine hides the name that was asked for: until it sends X-Forwarded-Host (galaxy-proxy front nginx prints how), any page that a user opens can open one",
			),
		),
		onFrontCommands: (sessionKey, fields) =>
			commands.note(late.faults, sessionKey, fields),
		internalFault: (err) => internalFault(late, err),
	};
	const proxy = core.createProxy(options, proxyParts, listeners);

	const log = await openLog({
		level: config.logLevel,
		file: config.logFile,
		verbose: config.verbose,
	}).catch(asError);
	if (log instanceof Error) return noLog(log);
	late.log = log;
	late.faults = rateLimited(log, FAULTS_A_MINUTE);
	const { exchangeLogger } = await import("../log/exchange-log.js");
	const { reloading } = await import("./reload.js");
	const logExchanges = (verbose: boolean) => {
		log.verbose(verbose);
		observe = observerOf(exchangeLogger(log, verbose), seen);
	};
	const followers = {
		log,
		proxy,
		map: () => late.map,
		pages: () => late.pages,
		read,
		logExchanges,
	};
	const reload = reloading(config, followers);
	signals.onReload = reload;
	if (listening instanceof Error)
		return fatal(log, await whyNotListening(config, listening));
	for (const { address, port } of listening)
		log.info({ address, port }, "listening");
	if (maxClients < config.maxClients)
		log.warn(
			{ maxClients },
			"the open file limit carries fewer clients than --max-clients says, and no more are let in: raise it (LimitNOFILE, ulimit -n)",
		);
	logExchanges(config.verbose);
	for (const exchange of late.early.splice(0)) observe(exchange);

	const loading = import("../pages/pages.js").catch(asError);
	const map = await openMap(config, { proxy, log, seen }).catch(asError);
	if (map instanceof Error) return fatal(log, map.message);
	const pages = await loading;
	if (pages instanceof Error) return fatal(log, pages.message);
	late.pages = pages.openPages(config.errorPages);
	late.map = map;
	mapOpened(map);
	const onFault = (error: unknown) => internalFault(late, error);
	const shown = { proxy, log, seen, onFault };
	const admin = await openAdmin(config, shown).catch(asError);
	if (admin instanceof Error) return fatal(log, admin.message);
	const tell = await toSystemd(log);
	tell("READY");
	signals.onReload = () => {
		tell("RELOADING");
		reload();
		tell("READY");
	};
	await signals.end;
	if (seen !== null) seen.draining = true;
	const code = await shutDown({ proxy, map, log, signals, late, tell });
	admin?.close();
	return code;
}

function once(work: () => void): () => void {
	let isDone = false;
	return () => {
		if (isDone) return;
		isDone = true;
		work();
	};
}

function internalFault(late: Late, err: unknown): void {
	late.internalFaults++;
	late.faults?.error({ err }, "internal fault");
}

function acceptFailed(late: Late, err: Error): void {
	late.acceptFailures++;
	late.faults?.error(
		{ err },
		"a client could not be accepted: raise the open file limit",
	);
}

/** A promise that nobody waits for yet must not reject. */
function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}

async function toSystemd(log: Log): Promise<(state: ServiceState) => void> {
	const { serviceManager } = await import("./service-manager.js");
	return serviceManager(process.env.NOTIFY_SOCKET, (reason) =>
		log.warn(
			{ reason },
			"systemd cannot be told of start and stop: is systemd-notify installed? Without it the unit needs Type=simple",
		),
	);
}

interface MapUsers {
	readonly proxy: ReverseProxy;
	readonly log: Log;
	readonly seen: Observatory | null;
}

async function openMap(
	config: Config,
	{ proxy, log, seen }: MapUsers,
): Promise<SessionMap> {
	const { openSessionMap } = await import("../session-map/session-map.js");
	const { conflictLogger } = await import("./container-warnings.js");
	return openSessionMap({
		path: config.sessions,
		oneOwner: config.sameAddress === "newest",
		onConflicts: conflictLogger(log),
		onChange() {
			seen?.mapChanged();
			proxy.recheck();
		},
		onState(state) {
			seen?.map.entered(state.readable);
			logMapState(log, config.sessions, state);
		},
	});
}

function logMapState(log: Log, sessions: string, state: MapState): void {
	if (state.readable) log.info({ sessions }, "session map readable");
	else log.warn({ sessions, reason: state.reason }, "session map unreadable");
}

async function fatal(log: Log, message: string): Promise<number> {
	log.error({}, message);
	await log.close();
	return 1;
}

/** Before there is a log: one line on standard error. Node 22 says that a package is missing where it may not open it. */
function noLog({ code, message }: NodeJS.ErrnoException): number {
	const isMissing = code?.endsWith("MODULE_NOT_FOUND") === true;
	const remedy =
		clientsThatFit() === 1
			? "too many open files: the limit is too low, raise it (LimitNOFILE, ulimit -n)"
			: `not all that it needs is installed, run npm install where it lies: ${message.split("\n", 1)[0]}`;
	process.stderr.write(`galaxy-proxy: ${isMissing ? remedy : message}\n`);
	return 1;
}

interface Running {
	readonly proxy: ReverseProxy;
	readonly map: SessionMap;
	readonly log: Log;
	readonly signals: Signals;
	readonly late: Late;
	readonly tell: (state: ServiceState) => void;
}

async function shutDown({
	proxy,
	map,
	log,
	signals,
	late,
	tell,
}: Running): Promise<number> {
	tell("STOPPING");
	log.info({}, "stopping: what is in flight is finished, tunnels end");
	await Promise.race([proxy.drain(), signals.endNow]);
	proxy.stop();
	await map.close();
	log.info({ internalFaults: late.internalFaults }, "stopped");
	await log.close();
	return 0;
}
