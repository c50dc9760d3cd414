// Over the house's 300 lines: what is always read together has just become one file; it gets shorter.
import { performance } from "node:perf_hooks";
import {
	setTimeout as pause,
	setImmediate as turn,
} from "node:timers/promises";
import {
	type Find,
	type MayHaveChanged,
	type Route,
	UNKNOWN,
	UNREADABLE,
} from "../route.js";
import type { Conflicts, Source } from "./map-source.js";
import type { Counts } from "./owners/address-owners.js";
import { isNobodys } from "./row.js";
import { Unreadable } from "./unreadable.js";

/** Whether the map can be read now. */
export interface MapState {
	readonly readable: boolean;
	/** What is wrong and what to do, in plain words; empty where the map is readable. */
	readonly reason: string;
}

/** Whom the map tells. */
export interface MapListeners {
	/** The map has changed and was read: routes of open tunnels may be others now. Never called from within find. */
	readonly onChange: () => void;
	/** Called at the first reading and whenever the map becomes readable or unreadable. */
	readonly onState: (state: MapState) => void;
	/** Called after a reading that found rows in conflict. */
	readonly onConflicts?: (conflicts: Conflicts) => void;
}

/** Milliseconds. How long a writer's lock or a half-written file is waited out before the map counts as unreadable. */
const GRACE_MS = 1000;
/** Milliseconds between two reads while a writer is about to finish, and while that has lasted longer. */
const RETRY_MS = 2;
const RETRY_LATER_MS = 50;
/** Milliseconds after which a read that has not come back shows in the state. */
const SLOW_READ_MS = 5000;
/** Sessions read in one turn of the event loop, each in some 15 microseconds. */
const BATCH = 32;

/**
 * Answers finds from the sessions that were seen, for as long as the source's last read stands, else from a read.
 *
 * While the source cannot be read, a find is held: a commit may have returned since the last read, and its requests
 * must see it. Once the map counts as unreadable, the last good answers are given at once; who has none still waits.
 */
export class Front {
	readonly #source: Source;
	readonly #listeners: MapListeners;
	readonly #seen = new SeenSessions();
	readonly #held = new Held(
		(key) => this.#lastAnswer(key),
		() => this.#source.isPreparing,
	);
	/** When current() last said yes to somebody who may share the look. */
	readonly #stood = new PollMark();
	#state: MapState = { readable: false, reason: "The map is being read." };
	#told = false;
	#failingSince: number | undefined;
	#passing = false;
	#working = false;
	#readingSince = 0;
	#lookWanted = false;
	/** The generation of which the listener knows. */
	#announced: number | undefined;
	#hasChanged = false;
	#announcement: NodeJS.Immediate | undefined;
	#closed = false;

	constructor(source: Source, listeners: MapListeners) {
		this.#source = source;
		this.#listeners = listeners;
	}

	readonly find: Find = (key, sincePoll = false) => {
		if (isNobodys(key)) return UNKNOWN;
		if (this.#closed) return this.#lastAnswer(key);
		const seen = this.#seen.get(key);
		try {
			if (
				seen !== undefined &&
				this.#stands(sincePoll) &&
				seen.generation === this.#source.generation
			) {
				seen.used = true;
				return seen.route;
			}
			const route = this.#source.routeNow(key);
			if (route !== undefined) {
				this.#learn(key, route, this.#source.generation);
				return route;
			}
		} catch (error) {
			this.#failed(error);
			if (seen !== undefined && !this.#state.readable) return seen.route;
		}
		const held = this.#held.hold(key);
		void this.#work();
		return held;
	};

	/** Whether the last read stands. sincePoll: whether a look since the poll is as good as one now. */
	#stands(sincePoll: boolean): boolean {
		if (!sincePoll) return this.#source.current();
		const { generation } = this.#source;
		// What a thread has read may be learned after a look, and be older than it.
		if (this.#stood.standsFor(generation)) return true;
		const stands = this.#source.current();
		if (stands) this.#stood.set(generation);
		return stands;
	}

	readonly mayHaveChanged: MayHaveChanged = (placed) => {
		try {
			const keys = this.#closed ? [] : this.#source.differing(placed);
			if (keys !== undefined) {
				this.#succeeded(this.#source.generation);
				return keys;
			}
		} catch (error) {
			this.#failed(error);
		}
		return placed.map(([key]) => key);
	};

	readonly state = (): MapState => this.#state;

	readonly counts = (): Counts => this.#source.counts();

	/** The source knows more of the content that was read last: routes may be others now. */
	readonly learnedMore = (): void => {
		if (this.#closed || this.#failingSince !== undefined) return;
		this.#succeeded(this.#source.generation);
	};

	/** Looks whether the map has changed, and reads it if so. */
	look(): void {
		if (this.#closed || this.#isSettled()) return;
		if (this.#working && performance.now() - this.#readingSince > SLOW_READ_MS)
			this.#failed(
				new Unreadable(
					`The session map has not been read for ${SLOW_READ_MS / 1000} s: it is very large, or its file server does not answer.`,
					true,
				),
			);
		this.#lookWanted = true;
		void this.#work();
	}

	/** Whoever waits is answered what was last known. */
	async close(): Promise<void> {
		this.#closed = true;
		clearImmediate(this.#announcement);
		this.#held.settleAll();
		await this.#source.close();
	}

	/** Reads while there is somebody or something to read for. One at a time, however often it is called. */
	async #work(): Promise<void> {
		if (this.#working) return;
		this.#working = true;
		try {
			while (!this.#closed) {
				await this.#readOnce();
				if (!this.#isWanted()) return;
				if (this.#failingSince === undefined) await turn();
				else
					await pause(this.#retryMs(), undefined, { ref: this.#held.size > 0 });
			}
		} finally {
			this.#working = false;
		}
	}

	async #readOnce(): Promise<void> {
		this.#lookWanted = false;
		this.#readingSince = performance.now();
		const waiters = this.#held.first(BATCH);
		try {
			const keys = waiters.map((waiter) => waiter.key);
			const { generation, routes } = await this.#source.read(keys);
			this.#succeeded(generation);
			for (const [index, waiter] of waiters.entries()) {
				const route = routes[index] ?? UNREADABLE;
				this.#learn(waiter.key, route, generation);
				this.#held.settle(waiter, route);
			}
		} catch (error) {
			this.#failed(error);
		}
	}

	#isWanted(): boolean {
		return (
			this.#held.size > 0 ||
			this.#lookWanted ||
			(this.#failingSince !== undefined && this.#passing)
		);
	}

	#retryMs(): number {
		return this.#state.readable || this.#held.size > 0
			? RETRY_MS
			: RETRY_LATER_MS;
	}

	#isSettled(): boolean {
		if (this.#source.polled || this.#failingSince !== undefined) return false;
		try {
			return this.#source.current();
		} catch (error) {
			this.#failed(error);
			return false;
		}
	}

	#learn(key: string, route: Route, generation: number): void {
		this.#seen.learn(key, route, generation);
		this.#succeeded(generation);
	}

	#succeeded(generation: number): void {
		this.#failingSince = undefined;
		if (!this.#state.readable && !this.#source.isDamaged)
			this.#enter({ readable: true, reason: "" });
		if (generation === this.#announced) return;
		if (this.#announced !== undefined) this.#hasChanged = true;
		this.#announced = generation;
		this.#announcement ??= setImmediate(this.#announce);
	}

	readonly #announce = (): void => {
		this.#announcement = undefined;
		if (this.#hasChanged) this.#listeners.onChange();
		const { conflicts } = this.#source;
		if (conflicts.places !== "nowhere")
			this.#listeners.onConflicts?.(conflicts);
	};

	#failed(error: unknown): void {
		if (!(error instanceof Unreadable)) throw error;
		const now = performance.now();
		this.#failingSince ??= now;
		this.#passing = error.passing;
		if (!error.passing || now - this.#failingSince >= GRACE_MS)
			this.#enter({ readable: false, reason: error.message });
		if (error.passing) void this.#work();
	}

	/** The reason may change while the map is unreadable; that is told to nobody who does not ask. */
	#enter(state: MapState): void {
		const isNew = !this.#told || state.readable !== this.#state.readable;
		this.#state = state;
		if (!isNew || this.#closed) return;
		this.#told = true;
		this.#listeners.onState(state);
	}

	#lastAnswer(key: string): Route {
		return this.#seen.get(key)?.route ?? UNREADABLE;
	}
}

/** A find that cannot be answered yet. */
export interface Waiter {
	readonly key: string;
	/** Milliseconds of process time. */
	readonly since: number;
	readonly settle: (route: Route) => void;
}

/** Milliseconds; as long as Galaxy's page and nginx wait without a sign, several times over. */
const HOLD_MS = 1000;
/** Milliseconds while the map is being read whole, which takes some seconds for a million rows. */
const PREPARING_MS = 30_000;

/** The finds that wait for a read, in the order in which they came; one timer for all of them. */
export class Held {
	readonly #lastAnswer: (key: string) => Route;
	readonly #isPreparing: () => boolean;
	readonly #waiters = new Set<Waiter>();
	#timer: NodeJS.Timeout | undefined;

	/**
	 * @param lastAnswer what a find is answered that has waited long enough
	 * @param isPreparing whether it is worth waiting for longer
	 */
	constructor(lastAnswer: (key: string) => Route, isPreparing: () => boolean) {
		this.#lastAnswer = lastAnswer;
		this.#isPreparing = isPreparing;
	}

	get size(): number {
		return this.#waiters.size;
	}

	hold(key: string): Promise<Route> {
		return new Promise((settle) => {
			this.#waiters.add({ key, since: performance.now(), settle });
			this.#timer ??= setTimeout(this.#expire, HOLD_MS);
		});
	}

	/** The `count` that wait longest. */
	first(count: number): Waiter[] {
		const first: Waiter[] = [];
		for (const waiter of this.#waiters) {
			if (first.length === count) break;
			first.push(waiter);
		}
		return first;
	}

	settle(waiter: Waiter, route: Route): void {
		this.#waiters.delete(waiter);
		waiter.settle(route);
	}

	settleAll(): void {
		clearTimeout(this.#timer);
		for (const waiter of this.#waiters)
			this.settle(waiter, this.#lastAnswer(waiter.key));
	}

	readonly #expire = (): void => {
		this.#timer = undefined;
		const patience = this.#isPreparing() ? PREPARING_MS : HOLD_MS;
		for (const waiter of this.#waiters) {
			const waited = performance.now() - waiter.since;
			const left = Math.min(patience - waited, HOLD_MS);
			if (left > 0) {
				this.#timer = setTimeout(this.#expire, left);
				return;
			}
			this.settle(waiter, this.#lastAnswer(waiter.key));
		}
	};
}

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

/**
 * Whether the event loop has asked the system what is ready (epoll_wait) since a moment that was marked.
 *
 * libuv counts its turns, and the events of each asking once all of them were handled: while those of one asking are
 * handled, both counts stand still, and none of the next can have the same two. It asks several times a turn where more
 * is ready than it takes at once, so that the turn alone would not tell.
 */
export class PollMark {
	#turn = -1;
	#events = -1;
	#generation = -1;

	/** Only from within the handling of an event. generation: of the content for which it is set. */
	set(generation: number): void {
		this.#generation = generation;
		const counts = countsNow();
		this.#turn = counts?.loopCount ?? -1;
		this.#events = counts?.events ?? -1;
	}

	/** Whether it was set for this content while the events of this same asking were handled. */
	standsFor(generation: number): boolean {
		const counts = countsNow();
		return (
			counts !== undefined &&
			generation === this.#generation &&
			// No turn at all: this is no Node that counts.
			counts.loopCount > 0 &&
			counts.loopCount === this.#turn &&
			counts.events === this.#events
		);
	}
}

/** Undefined before Node 20.18: no mark ever stands there. */
function countsNow(): typeof performance.nodeTiming.uvMetricsInfo | undefined {
	return performance.nodeTiming.uvMetricsInfo;
}
