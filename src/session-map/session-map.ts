import type { Find, MayHaveChanged } from "../route.js";
import type { Counts } from "./address-owners.js";
import { type Driver, loadDriver } from "./driver.js";
import { Front, type MapListeners, type MapState } from "./front.js";
import { isOnNetwork } from "./network.js";
import type { Source } from "./source.js";
import { SqliteSource } from "./sqlite-source.js";
import { watchMap } from "./watch.js";
import { Whole } from "./whole.js";
import { WholeSource } from "./whole-source.js";

export type { MapState } from "./front.js";
export type { Conflicts } from "./source.js";

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
