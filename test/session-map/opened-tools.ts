import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Route } from "../../src/route.js";
import {
	type MapState,
	type SessionMap,
	type SessionMapOptions,
	startSessionMap,
} from "../../src/session-map/session-map.js";
import { loadDriver } from "../../src/session-map/sqlite-driver.js";
import { startToolMap, type ToolEra, type ToolMap } from "../support/tools.js";
import { Changes } from "../support/wait.js";
import { shown } from "./opened-map.js";

/** A map of tools under test, its reports, and the Galaxy that writes it. */
export interface OpenedTools {
	readonly map: SessionMap;
	readonly galaxy: ToolMap;
	readonly states: readonly MapState[];
	/** Waits until the map has reported that it is readable, or that it is not. */
	untilReadable(readable: boolean): Promise<MapState>;
	/** Waits for the next onChange after this call. */
	nextChange(): Promise<void>;
	/** Commits, and waits for the onChange of a read after this call. */
	noticed(commit: () => Promise<void>): Promise<void>;
	route(session: string): Promise<Route>;
	/** The route in short: "host:port", or its kind. */
	found(session: string): Promise<string>;
}

export interface OpenToolsOptions {
	readonly file?: string;
	readonly era?: ToolEra;
	/** Read as on a network file system. */
	readonly polled?: boolean;
	readonly more?: Partial<SessionMapOptions>;
	/** Runs before the map is opened. */
	readonly before?: (galaxy: ToolMap) => Promise<void>;
}

/** Every way in which a map of tools is read. */
export const EVERY_WAY: readonly [name: string, options: OpenToolsOptions][] = [
	["SQLite as from 24.2 on", {}],
	["SQLite as up to 24.1", { era: "gxitproxy-19.09" }],
	["SQLite on a network file system", { polled: true }],
	["JSON", { file: "map.json" }],
];

/** Opens a map in a new folder; closed after the test. */
export async function openTools(
	t: TestContext,
	options: OpenToolsOptions = {},
): Promise<OpenedTools> {
	const galaxy = startToolMap(t, options.file, options.era);
	await options.before?.(galaxy);
	const states: MapState[] = [];
	const told = new Changes();
	let changes = 0;
	const isSqlite = galaxy.path.endsWith(".sqlite");
	const map = startSessionMap(
		{
			path: galaxy.path,
			mode: "gxit",
			onChange: () => {
				changes++;
				told.notify();
			},
			onState: (state) => {
				states.push(state);
				told.notify();
			},
			...options.more,
		},
		{
			driver: isSqlite ? await loadDriver() : undefined,
			isPolled: options.polled ?? false,
		},
	);
	t.after(() => map.close());
	const untilReadable = (readable: boolean): Promise<MapState> =>
		told.wait(
			readable ? "a readable map" : "an unreadable map",
			() => (states.at(-1)?.readable === readable ? states.at(-1) : undefined),
			() => JSON.stringify(states),
		);
	if (options.before) await untilReadable(true);
	async function nextChange(): Promise<void> {
		const before = changes;
		await told.wait(
			"onChange",
			() => changes > before || undefined,
			() => `${changes} changes`,
		);
	}
	return {
		map,
		galaxy,
		states,
		untilReadable,
		nextChange,
		async noticed(commit) {
			// What was read before is announced first.
			await new Promise((resolve) => setImmediate(resolve));
			const changed = nextChange();
			await commit();
			await changed;
		},
		route: async (session) => map.find(session),
		found: async (session) => shown(await map.find(session)),
	};
}

/** Finds each session in turn and expects this of it. */
export async function expectTools(
	opened: OpenedTools,
	expected: Record<string, string>,
): Promise<void> {
	for (const [session, route] of Object.entries(expected))
		assert.equal(await opened.found(session), route, session);
}
