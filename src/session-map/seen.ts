import type { Route } from "../route.js";

/** The last good answer for a session. */
export interface Seen {
	route: Route;
	/** Of the map, when the route was read. */
	generation: number;
	/** Since it was last spared. */
	used: boolean;
}

/**
 * Sessions whose last answer is kept. Far more than are at work at one time on the largest servers, and a few
 * megabytes; a session beyond them costs one look-up, and has no last answer while the map cannot be read.
 */
const SEEN_SESSIONS = 20_000;

/** How many are spared in one search for one that may go, so that no request pays for a walk through all. */
const SPARED = 64;

/** The sessions that were seen in the map, bounded: the oldest one that was not used since its last turn goes. */
export class SeenSessions {
	readonly #seen = new Map<string, Seen>();

	get(key: string): Seen | undefined {
		return this.#seen.get(key);
	}

	/** Keeps what the map has said; a session that is not in the map is not kept, however often it is asked for. */
	learn(key: string, route: Route, generation: number): void {
		const seen = this.#seen.get(key);
		if (route.kind === "unknown") {
			if (seen !== undefined) this.#seen.delete(key);
			return;
		}
		if (seen !== undefined) {
			seen.route = route;
			seen.generation = generation;
			return;
		}
		if (this.#seen.size >= SEEN_SESSIONS) this.#evictOne();
		this.#seen.set(key, { route, generation, used: false });
	}

	#evictOne(): void {
		let spared = 0;
		for (const [key, seen] of this.#seen) {
			this.#seen.delete(key);
			if (!seen.used || ++spared > SPARED) return;
			seen.used = false;
			this.#seen.set(key, seen);
		}
	}
}
