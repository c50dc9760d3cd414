import { setTimeout as pause } from "node:timers/promises";
import { type Config, UsageError } from "../config/config.js";
import type { Log } from "../log/log.js";
import { UNREADABLE } from "../route.js";
import {
	type SessionMap,
	type SessionMapOptions,
	startSessionMap,
} from "../session-map/session-map.js";
import { loadDriver } from "../session-map/sqlite-driver.js";
import { MapTables, tablesOf } from "../session-map/tables.js";
import { isOnNetwork, watchMap } from "../session-map/watch.js";

export interface Deciding {
	/** The settings for the mode that these tables show. @throws {UsageError} if they show two */
	readonly decide: (names: readonly string[]) => Config;
	readonly optionsFor: (active: Config) => SessionMapOptions;
	/** Called once, before the next request is read. */
	readonly onDecided: (active: Config, map: SessionMap) => void;
	readonly log: Log;
}

/** Milliseconds that a request waits, as it does for a map that cannot be read. */
const WAIT_MS = 1_000;

export interface UndecidedMap extends SessionMap {
	/** Resolves when the mode is decided, or after a second. */
	readonly decided: () => Promise<void>;
}

const REASON =
	"the session map has no table of Galaxy's yet, so it is unknown whether it is for environments or for tools: Galaxy creates the table when the first of them starts; or say it by --mode gie or --mode gxit";

/**
 * Takes the place of the session map until the map's first table shows the mode.
 * @throws NoDriver if this Node cannot read SQLite
 */
export async function openUndecidedMap(
	path: string,
	{ decide, optionsFor, onDecided, log }: Deciding,
): Promise<UndecidedMap> {
	const driver = await loadDriver();
	// On a network file system each look may take seconds, so a thread looks, and requests do not wait for it.
	const isPolled = await isOnNetwork(path);
	const tables = isPolled ? undefined : new MapTables(path, driver);
	let map: SessionMap | undefined;
	let refusal = "";
	log.info({ sessions: path, reason: REASON }, "session map unreadable");

	let onDecision: () => void = () => undefined;
	const decision = new Promise<void>((resolve) => {
		onDecision = resolve;
	});
	function decideBy(names: readonly string[]): void {
		if (map !== undefined || names.length === 0) return;
		// Before the map opens the file: closing it afterwards would drop the map's locks on it.
		tables?.close();
		try {
			const active = decide(names);
			map = startSessionMap(optionsFor(active), { driver, isPolled });
			unwatch();
			onDecided(active, map);
			onDecision();
		} catch (error) {
			if (!(error instanceof UsageError)) throw error;
			if (refusal !== error.message)
				log.error({ reason: error.message }, "the mode cannot be decided");
			refusal = error.message;
		}
	}
	function look(): void {
		if (map !== undefined) map.look();
		else if (tables !== undefined) decideBy(tables.names());
	}
	const lookAgain = (): void => {
		if (tables !== undefined) look();
		else void tablesOf(path).then(decideBy);
	};
	const unwatch = watchMap(path, lookAgain, !isPolled);

	return {
		find: (...question) => map?.find(...question) ?? UNREADABLE,
		mayHaveChanged: (targets) => map?.mayHaveChanged(targets) ?? [],
		state: () =>
			map?.state() ?? { readable: false, reason: REASON, isAwaited: true },
		counts: () => map?.counts() ?? { ended: 0, contested: 0 },
		look,
		decided: () => Promise.race([decision, pause(WAIT_MS)]),
		connectionEnded: () => map?.connectionEnded?.(),
		async close() {
			unwatch();
			if (map === undefined) tables?.close();
			await map?.close();
		},
	};
}
