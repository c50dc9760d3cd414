import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Route } from "../../src/route.js";
import {
	type MapState,
	type SessionMap,
	startSessionMap,
} from "../../src/session-map/session-map.js";
import {
	type Driver,
	loadDriver,
} from "../../src/session-map/sqlite-driver.js";
import {
	type Era,
	type GalaxyMap,
	startGalaxyMap,
} from "../support/session-map.js";
import { Changes } from "../support/wait.js";

/** A session map under test, its reports, and the Galaxy that writes it. */
export interface OpenedMap {
	readonly map: SessionMap;
	readonly galaxy: GalaxyMap;
	/** The same Galaxy, whose calls also wait until the map has read their commit. */
	readonly synced: Pick<GalaxyMap, "put" | "update" | "remove" | "sql">;
	/** In the order of the reports. */
	readonly states: readonly MapState[];
	/** Waits until the map has reported that it is readable, or that it is not. */
	untilReadable(readable: boolean): Promise<MapState>;
	/** How often onChange was called. */
	changes(): number;
	/** Waits for the next onChange after this call. */
	nextChange(): Promise<void>;
}

export interface OpenOptions {
	/** The file's name; its extension decides the format. */
	readonly file?: string;
	readonly era?: Era;
	/** Read as on a network file system. */
	readonly polled?: boolean;
	readonly driver?: Driver;
	/** As in the map's own options. */
	readonly oneOwner?: boolean;
	/** Does not wait for the map's first report. */
	readonly isUnread?: boolean;
	/** Runs before the map is opened. */
	readonly before?: (galaxy: GalaxyMap) => Promise<void>;
}

/** Opens a map in a new folder; closed after the test. */
export async function openMap(
	t: TestContext,
	options: OpenOptions = {},
): Promise<OpenedMap> {
	const galaxy = startGalaxyMap(t, options.file, options.era);
	const { path } = galaxy;
	await options.before?.(galaxy);
	const states: MapState[] = [];
	const told = new Changes();
	let changes = 0;
	const driver = path.endsWith(".sqlite")
		? (options.driver ?? (await loadDriver()))
		: undefined;
	const map = startSessionMap(
		{
			path,
			oneOwner: options.oneOwner ?? true,
			onChange: () => {
				changes++;
				told.notify();
			},
			onState: (state) => {
				states.push(state);
				told.notify();
			},
		},
		{ driver, isPolled: options.polled ?? false },
	);
	t.after(() => map.close());
	const untilReadable = (readable: boolean): Promise<MapState> =>
		told.wait(
			readable ? "a readable map" : "an unreadable map",
			() => (states.at(-1)?.readable === readable ? states.at(-1) : undefined),
			() => JSON.stringify(states),
		);
	// On a busy machine the first read, by a thread that has to start, takes longer than a find waits.
	if (!options.isUnread)
		await told.wait(
			"the first report",
			() => states[0],
			() => "nothing",
		);
	async function nextChange(): Promise<void> {
		const before = changes;
		await told.wait(
			"onChange",
			() => changes > before || undefined,
			() => `${changes} changes`,
		);
	}
	const synced =
		<Values extends unknown[]>(commit: (...values: Values) => Promise<void>) =>
		async (...values: Values): Promise<void> => {
			// What was read before is announced first.
			await new Promise((resolve) => setImmediate(resolve));
			// Only its own poll reads a polled map.
			const read = options.polled ? nextChange() : undefined;
			await commit(...values);
			await (read ?? map.find("nobody"));
		};
	return {
		map,
		galaxy,
		synced: {
			put: synced(galaxy.put),
			update: synced(galaxy.update),
			remove: synced(galaxy.remove),
			sql: synced(galaxy.sql),
		},
		states,
		untilReadable,
		changes: () => changes,
		nextChange,
	};
}

/** Stops the clock of the finds: none is answered because it has waited for too long, on however slow a machine. */
export function stopClock(t: TestContext): void {
	const now = performance.now();
	t.mock.method(performance, "now", () => now);
}

/** A route in short: "host:port", or its kind. */
export function shown(route: Route): string {
	return route.kind === "target"
		? `${route.target.host}:${route.target.port}`
		: route.kind;
}

export async function found(opened: OpenedMap, key: string): Promise<string> {
	return shown(await opened.map.find(key));
}

/** Finds each session in turn and expects this of it. */
export async function expectFound(
	opened: OpenedMap,
	expected: Record<string, string>,
): Promise<void> {
	for (const [key, route] of Object.entries(expected))
		assert.equal(await found(opened, key), route, key);
}
