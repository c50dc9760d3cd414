import type { Route, SessionTarget } from "../route.js";
import type { ConflictPlaces, Counts } from "./owners/address-owners.js";

/** One way to read a session map. A new kind of map implements this. */
export interface MapSource {
	/** Asked for each request. */
	readonly lastRead: LastRead;
	/** True during the first read of a large map: finds then wait longer than for a writer. */
	readonly isPreparing: boolean;
	/** Whether to read every second even if lastRead.isCurrent(). */
	readonly isPolled: boolean;
	/** Sessions per read, if it takes more at a time than a file. */
	readonly batch?: number;
	/** Milliseconds between two reads while the map cannot be read and a find waits, if a read costs more than a file's. */
	readonly retryMs?: number;
	/** Milliseconds for which a route may be used again without a look at the map; never if 0 or undefined. */
	readonly maxAgeMs?: number;
	/** Of the last read. */
	readonly conflicts: Conflicts;
	counts(): Counts;
	/** The route, read synchronously; undefined if that needs a read(). @throws Unreadable */
	routeNow(key: string): Route | undefined;
	/** The given sessions whose row differs; undefined as above. @throws Unreadable, or rejects with it */
	differing(
		targets: readonly SessionTarget[],
	): readonly string[] | undefined | Promise<readonly string[]>;
	/** Reads after this call. One at a time. @throws Unreadable */
	read(keys: readonly string[]): Promise<Reading>;
	/** While the map cannot be read: the session's last route in other workers, undefined if they have none, or not the same. */
	lastElsewhere?(key: string): Promise<Route | undefined>;
	/** A connection of the proxy to a container has ended. Returns whether the map must be read for that. */
	connectionEnded?(): boolean;
	/** Reads the map if it has changed; only where that needs no waiting. */
	lookNow?(): void;
	close(): Promise<void>;
}

/** The content that was read last. */
export interface LastRead {
	/** Grows with each change of the content that a read meets, and when more becomes known about the same content. */
	readonly generation: number;
	/** Whether the map has not changed since; cheap. @throws Unreadable */
	isCurrent(): boolean;
	/** Whether a read met damage in this content. A good read of another part does not end that. */
	readonly isDamaged: boolean;
}

export interface Reading {
	/** Of the content that all of the routes were read from. */
	readonly generation: number;
	/** One per key, in the order of the keys. A promise never rejects, and does not hold the others up. */
	readonly routes: readonly (Route | Promise<Route>)[];
}

export interface Conflicts {
	readonly places: ConflictPlaces;
	/** For some contested addresses, the sessions whose rows name it, as the log shows them. */
	readonly contested: readonly (readonly string[])[];
	/** Labels of sessions whose new rows name the address of another session, which has a connection to its container. */
	readonly doubted: readonly (readonly [label: string, other: string])[];
	/** Rows of tools in JSON that no request can name. */
	readonly tokenless: number;
}

export const NO_CONFLICTS: Conflicts = {
	places: "nowhere",
	contested: [],
	doubted: [],
	tokenless: 0,
};
export const NO_COUNTS: Counts = { ended: 0, contested: 0 };
