import type { Placed, Route } from "../route.js";
import type { ConflictPlaces, Counts } from "./owners/address-owners.js";

/** What a read has found. */
export interface Reading {
	/** The content's, for all of the routes. */
	readonly generation: number;
	/** One for each key that was asked, in its order. */
	readonly routes: readonly Route[];
}

/** What of the map contradicts itself. */
export interface Conflicts {
	readonly places: ConflictPlaces;
	/** Sessions as the log shows them: for each contested address those whose rows lead there, for some addresses. */
	readonly contested: readonly (readonly string[])[];
}

export const NO_CONFLICTS: Conflicts = { places: "nowhere", contested: [] };
export const NO_COUNTS: Counts = { ended: 0, contested: 0 };

/** One way to read a session map. */
export interface Source {
	/** Whether the map is being read for the first time, or anew: finds wait for it longer than for a writer. */
	readonly isPreparing: boolean;
	/** Of the last read. */
	readonly conflicts: Conflicts;
	readonly counts: () => Counts;
	/** Whether to look every second even where current() says that nothing changed. */
	readonly polled: boolean;
	/** Moves on with each change of the content that a read has met. */
	readonly generation: number;
	/** Whether a read met damage in this content, which the next good read of another part does not mend. */
	readonly isDamaged: boolean;
	/** Whether the last read still stands: cheap, for each request. @throws Unreadable */
	current(): boolean;
	/** The route by a read here and now; undefined where a read has to be waited for. @throws Unreadable */
	routeNow(key: string): Route | undefined;
	/** Of these sessions, those whose row is not as given, by a read here and now; undefined as above. @throws Unreadable */
	differing(placed: readonly Placed[]): readonly string[] | undefined;
	/** Reads, not before this call. One at a time. @throws Unreadable */
	read(keys: readonly string[]): Promise<Reading>;
	close(): Promise<void>;
}
