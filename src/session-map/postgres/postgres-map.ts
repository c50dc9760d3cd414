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

/** Opens a session map in PostgreSQL. It need not be there yet. */
export function openDatabaseMap(options: DatabaseMapOptions): SessionMap {
	const source: PostgresSource = new PostgresSource({
		...options,
		connections: connectedTo(options.connections),
		lastRouteOf: (sessionKey) => finder.lastRouteOf(sessionKey),
		onLookDue: () => finder.look(),
		onNews: () => finder.learnedMore(),
	});
	const finder: RouteFinder = new RouteFinder(source, options);
	finder.look();
	return {
		...finder,
		recheckedAtOnce: source.recheckedAtOnce,
		connectionEnded: () => source.connectionEnded(),
		close: () => finder.close(),
	};
}
