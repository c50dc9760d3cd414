import type { Find, MayHaveChanged } from "../route.js";
import { ThreadSource } from "./map-thread.js";
import type { Counts } from "./owners/address-owners.js";
import {
	type MapListeners,
	type MapState,
	RouteFinder,
} from "./route-finder.js";
import { type Driver, loadDriver } from "./sqlite-driver.js";
import { SqliteSource } from "./sqlite-source.js";
import { isOnNetwork, watchMap } from "./watch.js";

export type { Conflicts } from "./map-source.js";
export type { MapState } from "./route-finder.js";

/** The session map that Galaxy writes: the current route of each session. */
export interface SessionMap {
	readonly find: Find;
	readonly mayHaveChanged: MayHaveChanged;
	readonly state: () => MapState;
	/** Sessions that are refused because of others at their address, as far as known. */
	readonly counts: () => Counts;
	/** Reads the file if it has changed. */
	readonly verify: () => void;
	/** Stops watching and reading, closes the file, and answers waiting finds with their last route. */
	close(): Promise<void>;
}

export interface SessionMapOptions extends MapListeners {
	/** Absolute. As in Galaxy, the suffix .sqlite means SQLite, everything else JSON. The file may not exist yet. */
	readonly path: string;
	/** Whether only the latest of the rows with one address and different containers is served. */
	readonly oneOwner?: boolean;
}

/** How the file is read. */
export interface MapAccess {
	/** Undefined for a JSON map. */
	readonly driver: Driver | undefined;
	/** Whether a thread reads it every second, as on network file systems. */
	readonly isPolled: boolean;
}

/** @throws NoDriver if the map is SQLite and this Node has no driver for it */
export async function openSessionMap(
	options: SessionMapOptions,
): Promise<SessionMap> {
	const { path } = options;
	return startSessionMap(options, {
		driver: path.endsWith(".sqlite") ? await loadDriver() : undefined,
		isPolled: await isOnNetwork(path),
	});
}

export function startSessionMap(
	options: SessionMapOptions,
	{ driver, isPolled }: MapAccess,
): SessionMap {
	const { path, oneOwner = true } = options;
	const onNews = () => finder.learnedMore();
	const source =
		driver === undefined || isPolled
			? new ThreadSource({ path, driver: driver?.name, oneOwner, isPolled })
			: new SqliteSource({ path, driver, oneOwner, onNews });
	const finder = new RouteFinder(source, options);
	const { find, mayHaveChanged, state, counts, look } = finder;
	look();
	const unwatch = watchMap(path, look, !isPolled);
	return {
		find,
		mayHaveChanged,
		state,
		counts,
		verify: look,
		async close() {
			unwatch();
			await finder.close();
		},
	};
}
