import type { Find, MayHaveChanged } from "../route.js";
import type { Source } from "./map-source.js";
import { Whole, WholeSource } from "./map-thread.js";
import type { Counts } from "./owners/address-owners.js";
import { Front, type MapListeners, type MapState } from "./route-finder.js";
import { type Driver, loadDriver } from "./sqlite-driver.js";
import { SqliteSource } from "./sqlite-source.js";
import { isOnNetwork, watchMap } from "./watch.js";

export type { Conflicts } from "./map-source.js";
export type { MapState } from "./route-finder.js";

/** The session map that Galaxy writes: which container each session's requests go to, now. */
export interface SessionMap {
	readonly find: Find;
	readonly mayHaveChanged: MayHaveChanged;
	readonly state: () => MapState;
	/** How many sessions are refused because of others at their address; what is not known yet counts as none. */
	readonly counts: () => Counts;
	/** Looks now whether the file has changed. */
	verify(): void;
	/** Ends watching and reading, closes the file; finds that wait are answered what was last known. */
	close(): Promise<void>;
}

export interface SessionMapOptions extends MapListeners {
	/** Absolute. One that ends in .sqlite is SQLite, everything else JSON, as Galaxy has it. The file may not be there yet. */
	readonly path: string;
	/** Whether of rows with one address and different containers only the one written last leads there. */
	readonly oneOwner?: boolean;
}

/** How the file is read. */
export interface Means {
	/** None for a JSON map. */
	readonly driver: Driver | undefined;
	/** Asked every second, from a thread: for network file systems. */
	readonly polled: boolean;
}

/** @throws Error, with what to install, where the map is SQLite and this Node has no driver for it */
export async function openSessionMap(
	options: SessionMapOptions,
): Promise<SessionMap> {
	const { path } = options;
	return startSessionMap(options, {
		driver: path.endsWith(".sqlite") ? await loadDriver() : undefined,
		polled: await isOnNetwork(path),
	});
}

export function startSessionMap(
	options: SessionMapOptions,
	{ driver, polled }: Means,
): SessionMap {
	const { path, oneOwner = true } = options;
	const source: Source =
		driver === undefined || polled
			? new WholeSource({
					path,
					whole: new Whole({ path, driver: driver?.name, oneOwner }),
					polled,
				})
			: new SqliteSource({
					path,
					driver,
					oneOwner,
					onNews: () => front.learnedMore(),
				});
	const front = new Front(source, options);
	const look = () => front.look();
	look();
	const unwatch = watchMap(path, look, !polled);
	return {
		find: front.find,
		mayHaveChanged: front.mayHaveChanged,
		state: front.state,
		counts: front.counts,
		verify: look,
		async close() {
			unwatch();
			await front.close();
		},
	};
}
