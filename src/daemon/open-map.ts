import type { Statistics } from "../admin/statistics.js";
import type { Config } from "../config/config.js";
import { type Database, PASSWORD_IN_ARGUMENTS } from "../database.js";
import type { Group } from "../group.js";
import type { Log } from "../log/log.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type {
	SessionMap,
	SessionMapOptions,
} from "../session-map/session-map.js";
import type { Deciding, UndecidedMap } from "./undecided-map.js";
import type { Warnings } from "./warnings.js";

/** The dependencies of the parts that are opened later. */
export interface Parts {
	readonly proxy: ReverseProxy;
	readonly warnings: Warnings;
	readonly log: Log;
	/** In a worker: the others. */
	readonly group: Group | undefined;
}

/** Opens the session map of a mode that is decided. Loads the code of its kind alone. */
export async function openMap(
	config: Config,
	parts: Parts,
	statistics: Statistics | undefined,
): Promise<SessionMap> {
	const { sessions, database } = config;
	if (sessions === undefined) {
		const inner = await import("./inner-proxy.js");
		inner.introduceInnerProxy(parts.log, config);
		statistics?.map.entered(true);
		return inner.REQUESTS_AS_MAP;
	}
	if (database !== undefined)
		return openDatabase(database, config, parts, statistics);
	const { openSessionMap } = await import("../session-map/session-map.js");
	return openSessionMap(mapOptions(config, parts, statistics));
}

async function openDatabase(
	database: Database,
	config: Config,
	parts: Parts,
	statistics: Statistics | undefined,
): Promise<SessionMap> {
	const map = await import("../session-map/postgres/postgres-map.js");
	const { proxy, warnings, log, group } = parts;
	// With workers, the supervisor says so.
	if (database.isPasswordInArguments && group === undefined)
		log.warn({}, PASSWORD_IN_ARGUMENTS);
	return map.openDatabaseMap({
		...commonOptions(config, parts, statistics),
		database,
		allowStandby: config.mapAllowStandby,
		pollingIntervalMs: config.pollingIntervalMs,
		maxAgeMs: config.mapMaxAgeMs,
		onDoubt: () => proxy.recheck(),
		onNotice: (...notice) => warnings.database(...notice),
	});
}

function mapOptions(
	config: Config,
	parts: Parts,
	statistics: Statistics | undefined,
): SessionMapOptions {
	const { mode, sessions = "" } = config;
	return {
		...commonOptions(config, parts, statistics),
		path: sessions,
		...(mode !== "undecided" && { mode }),
	};
}

/** The options for every kind of map. */
function commonOptions(
	{ sessions, sameAddress }: Config,
	{ proxy, warnings, log, group }: Parts,
	statistics: Statistics | undefined,
) {
	return {
		oneOwner: sameAddress === "newest",
		connections: () => proxy.connections(),
		group,
		onFlaw: (sessionKey, flaw) => warnings.oddRow(sessionKey, flaw),
		onConflicts: (conflicts) => warnings.sameAddress(conflicts),
		onChange() {
			statistics?.mapChanged();
			proxy.recheck();
		},
		onState({ readable, reason, isAwaited, since }) {
			statistics?.map.entered(readable, since);
			if (readable) log.info({ sessions }, "session map readable");
			else if (isAwaited)
				log.info({ sessions, reason }, "session map unreadable");
			else log.warn({ sessions, reason }, "session map unreadable");
		},
	} satisfies Partial<SessionMapOptions>;
}

export async function openUndecided(
	config: Config,
	parts: Parts,
	statistics: Statistics | undefined,
	deciding: Pick<Deciding, "decide" | "onDecided">,
): Promise<UndecidedMap> {
	const { openUndecidedMap } = await import("./undecided-map.js");
	statistics?.map.entered(false);
	return openUndecidedMap(config.sessions ?? "", {
		...deciding,
		optionsFor: (active) => mapOptions(active, parts, statistics),
		log: parts.log,
	});
}
