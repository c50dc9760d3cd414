import type { OpenConnections } from "../../route.js";
import { type MapListeners, RouteFinder } from "../route-finder.js";
import { connectedTo, type SessionMap } from "../session-map.js";
import {
	PostgresSource,
	type PostgresSourceOptions,
} from "./postgres-source.js";

export type { DatabaseNotice } from "./postgres-source.js";

export interface DatabaseMapOptions
	extends MapListeners,
		Omit<
			PostgresSourceOptions,
			"connections" | "lastRouteOf" | "onLookDue" | "onNews"
		> {
	readonly connections: OpenConnections;
}

/** Opens a session map in PostgreSQL, whose table may be missing. A spare worker connects when it begins to serve. */
export function openDatabaseMap(options: DatabaseMapOptions): SessionMap {
	let isOpen = false;
	const look = () => {
		if (isOpen) finder.look();
	};
	const source: PostgresSource = new PostgresSource({
		...options,
		connections: connectedTo(options.connections),
		lastRouteOf: (sessionKey) => finder.lastRouteOf(sessionKey),
		onLookDue: look,
		onNews: () => finder.learnedMore(),
	});
	const finder: RouteFinder = new RouteFinder(source, options);
	void Promise.resolve(options.group?.turn).then(() => {
		isOpen = true;
		look();
	});
	return {
		...finder,
		look,
		recheckedAtOnce: source.recheckedAtOnce,
		connectionEnded: () => source.connectionEnded(),
		close: () => finder.close(),
	};
}
