import { listen, whyNotListening } from "./app/listening.js";
import { reloading } from "./app/reload.js";
import { type Config, clientsThatFit } from "./config.js";
import type { Exchange, Observer } from "./exchange.js";
import { type Log, openLog } from "./log.js";
import { exchangeLogger } from "./observe/exchange-log.js";
import type { ErrorPages } from "./pages/pages.js";
import { createProxy, type ReverseProxy } from "./proxy/proxy.js";
import type { MapState, SessionMap } from "./session-map/session-map.js";

/** What comes after the first listener is open, because loading it takes longer. */
interface Late {
	log: Log | null;
	map: SessionMap | null;
	pages: ErrorPages | null;
	/** Exchanges that ended before the log was there. */
	early: Exchange[];
	internalFaults: number;
}

/**
 * The daemon's life: listens, looks for the map, serves until a signal. Resolves with the exit code.
 * @param read what the Config would be now; throws where that is wrong
 */
export async function run(config: Config, read: () => Config): Promise<number> {
	const signals = new Signals();
	const late: Late = {
		log: null,
		map: null,
		pages: null,
		early: [],
		internalFaults: 0,
	};
	let mapOpened: (map: SessionMap) => void = () => undefined;
	const opening = new Promise<SessionMap>((resolve) => {
		mapOpened = resolve;
	});
	let observe: Observer = (exchange) => late.early.push(exchange);
	// More would take the descriptors that map, log and modules not loaded yet need.
	const maxClients = Math.min(config.maxClients, clientsThatFit());
	const options = { ...config, maxClients };
	const proxy = createProxy(options, {
		find: (key) => late.map?.find(key) ?? opening.then((map) => map.find(key)),
		page: (name, occasion) => late.pages?.find(name, occasion) ?? null,
		mayHaveChanged: (placed) => late.map?.mayHaveChanged(placed) ?? [],
		observe: (exchange) => observe(exchange),
		internalFault: (err) => {
			late.internalFaults++;
			late.log?.error({ err }, "internal fault");
		},
		acceptFailed: (err) =>
			late.log?.error(
				{ err },
				"a client could not be accepted: raise the open file limit",
			),
	});

	const listening = await listen(proxy, config).catch(asError);
	const log = await openLog({
		level: config.logLevel,
		file: config.logFile,
		verbose: config.verbose,
	}).catch(asError);
	if (log instanceof Error) return noLog(log);
	late.log = log;
	const logExchanges = (verbose: boolean) => {
		log.verbose(verbose);
		observe = exchangeLogger(log, verbose);
	};
	const parts = {
		log,
		proxy,
		map: () => late.map,
		pages: () => late.pages,
		read,
		logExchanges,
	};
	signals.onReload = reloading(config, parts);
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

	const loading = import("./pages/pages.js");
	const map = await openMap(config, proxy, log).catch(asError);
	if (map instanceof Error) return fatal(log, map.message);
	const { openPages } = await loading;
	late.pages = openPages(config.errorPages);
	late.map = map;
	mapOpened(map);
	await signals.end;
	return shutDown({ proxy, map, log, signals, late });
}

/** A promise that nobody waits for yet must not reject. */
function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}

async function openMap(
	config: Config,
	proxy: ReverseProxy,
	log: Log,
): Promise<SessionMap> {
	const { openSessionMap } = await import("./session-map/session-map.js");
	return openSessionMap({
		path: config.sessions,
		onChange: () => proxy.recheck(),
		onState: (state) => logMapState(log, config.sessions, state),
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

/** Before there is a log: one line on standard error. */
function noLog(error: Error): number {
	process.stderr.write(`galaxy-proxy: ${error.message}\n`);
	return 1;
}

interface Running {
	readonly proxy: ReverseProxy;
	readonly map: SessionMap;
	readonly log: Log;
	readonly signals: Signals;
	readonly late: Late;
}

async function shutDown({
	proxy,
	map,
	log,
	signals,
	late,
}: Running): Promise<number> {
	log.info({}, "stopping: what is in flight is finished, tunnels end");
	await Promise.race([proxy.drain(), signals.endNow]);
	proxy.stop();
	await map.close();
	log.info({ internalFaults: late.internalFaults }, "stopped");
	await log.close();
	return 0;
}

/** SIGTERM and SIGINT: the first ends in good order, the second at once. SIGHUP reloads. */
class Signals {
	onReload: () => void = () => undefined;
	readonly end: Promise<void>;
	readonly endNow: Promise<void>;

	constructor() {
		const resolvers: Array<() => void> = [];
		this.end = new Promise((resolve) => resolvers.push(resolve));
		this.endNow = new Promise((resolve) => resolvers.push(resolve));
		const next = () => resolvers.shift()?.();
		process.on("SIGTERM", next);
		process.on("SIGINT", next);
		process.on("SIGHUP", () => this.onReload());
	}
}
