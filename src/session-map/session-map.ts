import type { Group } from "../group.js";
import type { Mode } from "../mode.js";
import type { FindLast, OpenConnections } from "../route.js";
import { steadyOf } from "../steady-clock.js";
import type { MapSource, Reading } from "./map-source.js";
import {
	contentOf,
	type MapTask,
	MapThread,
	type SourceParts,
	ThreadSource,
} from "./map-thread.js";
import type { Connected } from "./owners/address-owners.js";
import { FollowedOwners } from "./owners/followed-owners.js";
import { type MapListeners, RouteFinder } from "./route-finder.js";
import { addressOf, SqliteReader } from "./row.js";
import { SharedOwners } from "./shared-owners.js";
import { type Driver, loadDriver } from "./sqlite-driver.js";
import { tableOf } from "./tool-row.js";
import { Unreadable } from "./unreadable.js";
import { isOnNetwork, watchMap } from "./watch.js";

export type { Conflicts } from "./map-source.js";
export type { MapState } from "./route-finder.js";

/** The session map that Galaxy writes: the current route of each session. */
export type SessionMap = Pick<
	RouteFinder,
	"find" | "mayHaveChanged" | "state" | "counts" | "look" | "close"
> & {
	/** To be called when one of SessionMapOptions.connections has ended; undefined for environments. */
	readonly connectionEnded: (() => void) | undefined;
	/** Absent where there is nothing to read. */
	readonly findLast?: FindLast;
	/** How many sessions mayHaveChanged() should be asked about at once; undefined: a few, since it blocks the event loop. */
	readonly recheckedAtOnce?: number;
};

export interface SessionMapOptions extends MapListeners {
	/** Absolute. As in Galaxy, the suffix .sqlite means SQLite, everything else JSON. The file may not exist yet. */
	readonly path: string;
	/** Whether only the latest of the rows with one address and different containers is served. */
	readonly oneOwner?: boolean;
	/** Which sessions it maps; environments' by default. */
	readonly mode?: Mode;
	/** For tools: a row is not believed while another row's container is known to have its address. */
	readonly connections?: OpenConnections;
	/** In a worker: the others, which know the same of rows. */
	readonly group?: Group | undefined;
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
	/** driver: undefined for a JSON map. isPolled: as on network file systems, a thread reads it every second. */
	{ driver, isPolled }: { driver: Driver | undefined; isPolled: boolean },
): SessionMap {
	const { path, oneOwner = true, mode = "gie" } = options;
	const connections =
		mode === "gxit" ? connectedTo(options.connections) : undefined;
	const { group } = options;
	const shared =
		group && oneOwner
			? new SharedOwners(group, connections, () => source.lookNow?.())
			: undefined;
	const isShared = shared !== undefined;
	const task = { path, driver: driver?.name, oneOwner, mode, isShared };
	const source: MapSource =
		driver === undefined || isPolled
			? new ThreadSource(task, isPolled, {
					onNews: () => finder.look(),
					connections,
					shared,
				})
			: new SqliteSource(task, driver, {
					onNews: () => finder.learnedMore(),
					connections,
					shared,
				});
	const finder = new RouteFinder(source, options);
	finder.look();
	const connectionEnded = () => {
		if (source.connectionEnded?.()) finder.look();
	};
	const look = () => {
		// A connection may have ceased to show that its container is there without having ended.
		connectionEnded();
		finder.look();
	};
	const unwatch = watchMap(path, look, !isPolled);
	return {
		...finder,
		connectionEnded: connections && connectionEnded,
		close() {
			unwatch();
			return finder.close();
		},
	};
}

/** The connections, with addresses as rows are compared by. */
export function connectedTo(
	connections: OpenConnections = () => [],
): () => Connected[] {
	return () =>
		[...connections()].map(({ target, openedAt, ...connection }) => {
			const address = addressOf(target);
			return { ...connection, address, openedAt: steadyOf(openedAt) };
		});
}

/** A SQLite map on a local file system. Tables with a row per session are read in this thread, gxproxy in another one. */
class SqliteSource extends SqliteReader implements MapSource {
	readonly isPolled = false;
	readonly lastRead = this.file;
	readonly #thread: MapThread;
	/** Apart from #thread, because a thread takes one question at a time. */
	readonly #scans: MapThread;
	readonly #owners: FollowedOwners | undefined;

	constructor(
		task: MapTask,
		driver: Driver,
		{ onNews, connections, shared }: SourceParts,
	) {
		const scans = new MapThread(task);
		const onScanned = () => {
			this.lastRead.generation++;
			onNews();
		};
		const owners = task.oneOwner
			? new FollowedOwners(
					(...scan) => scans.scan(...scan),
					onScanned,
					connections,
					shared,
				)
			: undefined;
		super(task.path, driver, tableOf(task.mode), owners);
		this.#owners = owners;
		this.#scans = scans;
		this.#thread = new MapThread(task);
	}

	connectionEnded(): boolean {
		this.#owners?.connectionEnded();
		return false;
	}

	/** Reads the map if it has changed. */
	lookNow(): void {
		try {
			this.check();
		} catch (error) {
			// The next find or look meets it again.
			if (!(error instanceof Unreadable)) throw error;
		}
	}

	get isPreparing(): boolean {
		return this.#owners?.isScanning === true;
	}

	async read(keys: readonly string[]): Promise<Reading> {
		this.check();
		while (this.hasRows) {
			const { generation } = this.lastRead;
			const routes = keys.map((key) => this.routeNow(key));
			if (routes.every((route) => route !== undefined))
				return { generation, routes };
			await this.#owners?.scanned();
		}
		// The thread reads after this moment, so its answer is of this generation or a later one.
		const { generation } = this.lastRead;
		const { routes } = contentOf(await this.#thread.routes({ keys }));
		return { generation, routes };
	}

	override async close(): Promise<void> {
		this.#owners?.close();
		await Promise.all([this.#thread.close(), this.#scans.close()]);
		super.close();
	}
}
