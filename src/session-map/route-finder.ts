// Longer than 300 lines: whether an answer is fresh depends on all parts together.
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { SESSION_KEY_BYTES } from "../limits.js";
import {
	type Find,
	type FindLast,
	type MayHaveChanged,
	type Route,
	type RowFlaw,
	UNKNOWN,
	UNREADABLE,
} from "../route.js";
import type { Conflicts, MapSource } from "./map-source.js";
import type { Counts } from "./owners/address-owners.js";
import { NotAnswered, NotMadeYet, Unreadable } from "./unreadable.js";

export interface MapState {
	readonly readable: boolean;
	/** The problem and its remedy; empty while the map is readable. */
	readonly reason: string;
	/** Set where Galaxy has not made the map of its tools yet. */
	readonly isAwaited?: boolean;
	/** Set while the database has not answered, so that the problem is not known yet. */
	readonly isUnclear?: boolean;
	/** performance.now() at the first of the failures that made it unreadable. */
	readonly since?: number;
}

export interface MapListeners {
	/** The map has changed and was read, so open tunnels may have other routes. Never called from within find. */
	readonly onChange: () => void;
	/** Called after the first read, whenever the map becomes readable or unreadable, and once an unclear problem is known. */
	readonly onState: (state: MapState) => void;
	/** Called whenever a session's row was read and has a flaw. */
	readonly onFlaw?: (sessionKey: string, flaw: RowFlaw) => void;
	/** Called after a read that found rows in conflict. */
	readonly onConflicts?: (conflicts: Conflicts) => void;
}

/** Milliseconds of a writer's lock or a half-written file before the map counts as unreadable. */
const GRACE_MS = 1000;
/** Milliseconds between two reads while a writer is about to finish, and once the map is unreadable. */
const RETRY_MS = 2;
const RETRY_LATER_MS = 50;
/** Milliseconds after which an unfinished read shows in the state. */
const SLOW_READ_MS = 5000;
/** Sessions per read. Each takes some 15 microseconds of the event loop. */
const BATCH = 32;
/**
 * A read of a database costs as much as twenty of its sessions. So where the last one had so many, it is put off for as long as
 * each turn of the event loop brings more of them, and for so many turns at most.
 */
const MANY = 8;
const MOST_TURNS_PUT_OFF = 8;

/** Milliseconds that a find waits; several times as long as Galaxy's page and nginx wait without a sign. */
const WAIT_MS = 1000;
/** Milliseconds during the first read of a large map, which takes some seconds for a million rows. */
const PREPARING_MS = 30_000;

interface Waiter {
	readonly key: string;
	/** performance.now() */
	readonly since: number;
	readonly resolve: (route: Route) => void;
}

type Activity = { readonly kind: "idle" | "closed" } | ReadLoop;

interface ReadLoop {
	readonly kind: "reading";
	/** performance.now() at the start of the latest read; 0 before the first. */
	since: number;
	/** Whether to read once more even if no find waits. */
	isLookWanted: boolean;
}

const IDLE: Activity = { kind: "idle" };

/**
 * Finds routes. A request that was sent after Galaxy's commit returned gets a route that includes the commit:
 * 1. A remembered route is used only if it is of the last read's generation and lastRead.isCurrent() finds the file
 *    unchanged. That look at the file is later than the request.
 * 2. With sincePoll the request had arrived when the event loop last polled. So any look since that poll is later than
 *    the request, and one look serves all of them. PollMark tells whether there was one. It counts for one generation
 *    only, because a thread's answer that arrives after the look may be older than the look.
 * 3. Otherwise the row is read: synchronously, or by a read that begins after the find. A find that comes during a read
 *    waits for the next one.
 * 4. While the source cannot be read, finds wait, because a commit may have returned since the last read. Remembered
 *    routes are given out only once the map counts as unreadable; a find without one still waits.
 * File events only cause an earlier read. No answer relies on them.
 */
export class RouteFinder {
	readonly #source: MapSource;
	readonly #listeners: MapListeners;
	readonly #lastRoutes = new LastRoutes();
	/** Finds that wait for a read, in the order of their arrival. */
	readonly #waiters = new Set<Waiter>();
	#expiry: NodeJS.Timeout | undefined;
	/** The poll in which isCurrent() last returned true. */
	readonly #lookedAt = new PollMark();
	#activity: Activity = IDLE;
	#state: MapState = { readable: false, reason: "The map is being read." };
	/** What the listener was told last; undefined before the first call. */
	#reported: MapState | undefined;
	/** While reads fail: since when, and whether waiting helps. */
	#failure: { since: number; isPassing: boolean } | undefined;
	#generation: number | undefined;
	#hasChanged = false;
	/** Sessions of the latest read. */
	#lastBatch = 0;
	#announcement: NodeJS.Immediate | undefined;

	constructor(source: MapSource, listeners: MapListeners) {
		this.#source = source;
		this.#listeners = listeners;
	}

	readonly find: Find = (key, sincePoll = false) => {
		if (isNobodys(key)) return UNKNOWN;
		if (this.#activity.kind === "closed") return this.#lastRoute(key);
		const last = this.#lastRoutes.get(key);
		try {
			if (last !== undefined && this.#isUsable(last, sincePoll)) {
				last.isUsed = true;
				return last.route;
			}
			const route = this.#source.routeNow(key);
			if (route !== undefined) {
				this.#learn(key, route, this.#source.lastRead.generation);
				return route;
			}
		} catch (error) {
			this.#failed(error);
			if (!this.#state.readable) {
				if (last !== undefined) return last.route;
				if (this.#source.lastElsewhere) return this.#findElsewhere(key);
			}
		}
		return this.#findByRead(key);
	};

	/** The last route of another worker, where this one has none. */
	async #findElsewhere(key: string): Promise<Route> {
		const route = await this.#lastElsewhere(key);
		if (this.#state.readable) return this.find(key);
		return route ?? this.#findByRead(key);
	}

	async #lastElsewhere(key: string): Promise<Route | undefined> {
		const route = await this.#source.lastElsewhere?.(key);
		// By now this process may have read a later one.
		if (route !== undefined && !this.#state.readable)
			this.#lastRoutes.learn(key, route, this.#source.lastRead.generation);
		return route;
	}

	#findByRead(key: string): Promise<Route> {
		const found = this.#wait(key);
		void this.#work();
		return found;
	}

	#wait(key: string): Promise<Route> {
		return new Promise((resolve) => {
			this.#waiters.add({ key, since: performance.now(), resolve });
			this.#expiry ??= setTimeout(this.#expire, WAIT_MS);
		});
	}

	/** One timer for all waiting requests: a timer for each would cost more than its share of a read. */
	readonly #expire = (): void => {
		this.#expiry = undefined;
		const now = performance.now();
		const patience = this.#source.isPreparing ? PREPARING_MS : WAIT_MS;
		for (const waiter of this.#waiters) {
			const left = waiter.since + patience - now;
			if (left > 0) {
				this.#expiry = setTimeout(this.#expire, Math.min(left, WAIT_MS));
				return;
			}
			const { key } = waiter;
			if (this.#source.lastElsewhere === undefined)
				this.#settle(waiter, this.#lastRoute(key));
			else
				void this.#lastAnywhere(key).then((route) =>
					this.#settle(waiter, route),
				);
		}
	};

	#give(waiter: Waiter, route: Route, generation: number): void {
		this.#learn(waiter.key, route, generation);
		waiter.resolve(route);
	}

	#settle(waiter: Waiter, route: Route): void {
		if (this.#waiters.delete(waiter)) waiter.resolve(route);
	}

	#isUsable({ generation, readAt }: LastRoute, sincePoll: boolean): boolean {
		const { lastRead, maxAgeMs = 0 } = this.#source;
		// A look at the map may begin a new generation.
		const isCurrent =
			this.#isCurrent(sincePoll) ||
			(maxAgeMs > 0 && performance.now() - readAt < maxAgeMs);
		return isCurrent && generation === lastRead.generation;
	}

	#isCurrent(sincePoll: boolean): boolean {
		const { lastRead } = this.#source;
		if (!sincePoll) return lastRead.isCurrent();
		const { generation } = lastRead;
		if (this.#lookedAt.standsFor(generation)) return true;
		const isCurrent = lastRead.isCurrent();
		if (isCurrent) this.#lookedAt.set(generation);
		return isCurrent;
	}

	readonly mayHaveChanged: MayHaveChanged = (targets) => {
		try {
			const keys =
				this.#activity.kind === "closed" ? [] : this.#source.differing(targets);
			if (keys instanceof Promise)
				return keys.catch((error) => {
					this.#failed(error);
					return targets.map(([key]) => key);
				});
			if (keys !== undefined) {
				this.#succeeded(this.#source.lastRead.generation);
				return keys;
			}
		} catch (error) {
			this.#failed(error);
		}
		return targets.map(([key]) => key);
	};

	readonly state = (): MapState => this.#state;

	/** Sessions that are refused because of others at their address, as far as known. */
	readonly counts = (): Counts => this.#source.counts();

	/** To be called when routes may have changed although the file has not. */
	readonly learnedMore = (): void => {
		const wasRead = this.#generation !== undefined;
		if (this.#activity.kind === "closed" || this.#failure || !wasRead) return;
		this.#succeeded(this.#source.lastRead.generation);
	};

	/** Reads the map if it has changed. */
	readonly look = (): void => {
		if (this.#activity.kind === "closed" || this.#isUpToDate()) return;
		if (this.#activity.kind === "reading") {
			this.#activity.isLookWanted = true;
			if (performance.now() - this.#activity.since > SLOW_READ_MS)
				this.#failed(
					new Unreadable(
						`The session map has not been read for ${SLOW_READ_MS / 1000} s: it is very large, or its file server does not answer.`,
						true,
					),
				);
		}
		void this.#work();
	};

	/** Stops reading, closes the file, and answers waiting finds with their last route. */
	async close(): Promise<void> {
		this.#activity = { kind: "closed" };
		clearImmediate(this.#announcement);
		clearTimeout(this.#expiry);
		for (const waiter of this.#waiters)
			this.#settle(waiter, this.#lastRoute(waiter.key));
		await this.#source.close();
	}

	/** Reads while a find waits or a look is wanted. Only one runs at a time. */
	async #work(): Promise<void> {
		if (this.#activity.kind !== "idle") return;
		const loop: ReadLoop = { kind: "reading", since: 0, isLookWanted: false };
		this.#activity = loop;
		try {
			do {
				if (loop.since > 0) await this.#pauseBetweenReads();
				if (this.#arriveTogether) await this.#gather();
				if (this.#activity !== loop) return;
				loop.isLookWanted = false;
				loop.since = performance.now();
				await this.#readOnce();
			} while (
				this.#waiters.size > 0 ||
				loop.isLookWanted ||
				this.#failure?.isPassing
			);
		} finally {
			if (this.#activity === loop) this.#activity = IDLE;
		}
	}

	/** Whether more requests are likely to arrive in a moment, and one read for all of them is cheaper. */
	get #arriveTogether(): boolean {
		return this.#source.batch !== undefined && this.#lastBatch >= MANY;
	}

	async #gather(): Promise<void> {
		let waiting: number;
		let turns = 0;
		do {
			waiting = this.#waiters.size;
			await turn();
		} while (this.#waiters.size > waiting && ++turns < MOST_TURNS_PUT_OFF);
	}

	async #pauseBetweenReads(): Promise<void> {
		if (this.#failure === undefined) return turn();
		const isWaitedFor = this.#waiters.size > 0;
		const isUrgent = this.#state.readable || isWaitedFor;
		const { retryMs = RETRY_MS } = this.#source;
		const milliseconds = isUrgent ? retryMs : RETRY_LATER_MS;
		return pause(milliseconds, undefined, { ref: isWaitedFor });
	}

	async #readOnce(): Promise<void> {
		const waiters: Waiter[] = [];
		const { batch = BATCH } = this.#source;
		for (const waiter of this.#waiters)
			if (waiters.push(waiter) === batch) break;
		try {
			const keys = waiters.map(({ key }) => key);
			this.#lastBatch = keys.length;
			const { generation, routes } = await this.#source.read(keys);
			this.#succeeded(generation);
			let place = 0;
			for (const waiter of waiters) {
				const route = routes[place++] ?? UNREADABLE;
				if (route instanceof Promise) {
					this.#waiters.delete(waiter);
					void route.then((late) => this.#give(waiter, late, generation));
				} else if (this.#waiters.delete(waiter))
					this.#give(waiter, route, generation);
				else this.#learn(waiter.key, route, generation);
			}
		} catch (error) {
			this.#failed(error);
		}
	}

	#isUpToDate(): boolean {
		if (this.#source.isPolled || this.#failure !== undefined) return false;
		try {
			return this.#source.lastRead.isCurrent();
		} catch (error) {
			this.#failed(error);
			return false;
		}
	}

	#learn(key: string, route: Route, generation: number): void {
		if ("flaw" in route && route.flaw !== undefined)
			this.#listeners.onFlaw?.(key, route.flaw);
		const { maxAgeMs = 0 } = this.#source;
		const readAt = maxAgeMs > 0 ? performance.now() : 0;
		this.#lastRoutes.learn(key, route, generation, readAt);
		this.#succeeded(generation);
	}

	#succeeded(generation: number): void {
		this.#failure = undefined;
		if (!this.#state.readable && !this.#source.lastRead.isDamaged)
			this.#setState({ readable: true, reason: "" });
		if (generation === this.#generation) return;
		if (this.#generation !== undefined) this.#hasChanged = true;
		this.#generation = generation;
		this.#announcement ??= setImmediate(this.#announce);
	}

	readonly #announce = (): void => {
		this.#announcement = undefined;
		if (this.#hasChanged) this.#listeners.onChange();
		const { conflicts } = this.#source;
		if (conflicts.places !== "nowhere" || conflicts.tokenless > 0)
			this.#listeners.onConflicts?.(conflicts);
	};

	#failed(error: unknown): void {
		if (!(error instanceof Unreadable)) throw error;
		const now = performance.now();
		const since = this.#failure?.since ?? now;
		this.#failure = { since, isPassing: error.isPassing };
		if (!error.isPassing || now - since >= GRACE_MS)
			this.#setState({
				readable: false,
				reason: error.message,
				since,
				...(error instanceof NotMadeYet && { isAwaited: true }),
				...(error instanceof NotAnswered && { isUnclear: true }),
			});
		if (error.isPassing) void this.#work();
	}

	/** A new reason for an unreadable map is not reported, unless the former was unclear; state() has it. */
	#setState(state: MapState): void {
		this.#state = state;
		const isNew = this.#reported?.readable !== state.readable;
		const isKnownNow = this.#reported?.isUnclear && !state.isUnclear;
		if ((!isNew && !isKnownNow) || this.#activity.kind === "closed") return;
		this.#reported = state;
		this.#listeners.onState(state);
	}

	async #lastAnywhere(key: string): Promise<Route> {
		const own = this.#lastRoutes.get(key)?.route;
		return own ?? (await this.#lastElsewhere(key)) ?? UNREADABLE;
	}

	readonly findLast: FindLast = async (key) => {
		const route = await this.#lastAnywhere(key);
		// The map may be readable by now.
		const mayFind = route.kind === "unreadable" && this.#state.readable;
		return mayFind ? this.find(key) : route;
	};

	/** The route that this process read last. */
	readonly lastRouteOf = (key: string): Route | undefined =>
		this.#lastRoutes.get(key)?.route;

	#lastRoute(key: string): Route {
		return this.lastRouteOf(key) ?? UNREADABLE;
	}
}

/** That of node:timers/promises looks for a signal each time. */
function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/** Galaxy writes NULL and "null" for a visitor without a cookie, so such a key belongs to no session. */
export function isNobodys(key: string): boolean {
	return (
		key === "" ||
		key === "null" ||
		(key.length > SESSION_KEY_BYTES / 3 &&
			Buffer.byteLength(key) > SESSION_KEY_BYTES)
	);
}

interface LastRoute {
	route: Route;
	/** Of the map when the route was read. */
	generation: number;
	/** performance.now(), where routes have a maximum age. */
	readAt: number;
	/** Whether it was used since the last eviction passed it over. */
	isUsed: boolean;
}

/**
 * Far more sessions than are active at the same time on the largest servers, in a few megabytes. A session beyond them costs
 * one look-up, and has no last route while the map cannot be read.
 */
const MOST_ROUTES = 20_000;
/** Routes passed over in one eviction, so that no request pays for a walk through all of them. */
const MOST_PASSED_OVER = 64;

/** The last route of each session; if there are too many, the oldest one not in use is dropped. */
export class LastRoutes {
	readonly #routes = new Map<string, LastRoute>();

	get(key: string): LastRoute | undefined {
		return this.#routes.get(key);
	}

	/** Sessions that are not in the map are not kept, however often they are asked for. */
	learn(key: string, route: Route, generation: number, readAt = 0): void {
		const last = this.#routes.get(key);
		if (route.kind === "unknown") {
			if (last !== undefined) this.#routes.delete(key);
			return;
		}
		if (last !== undefined) {
			// A new object here would outlive its request, and cost a collection of the whole heap now and then.
			if (!isSameTarget(last.route, route)) last.route = route;
			last.generation = generation;
			last.readAt = readAt;
			return;
		}
		if (this.#routes.size >= MOST_ROUTES) this.#evictOne();
		this.#routes.set(key, { route, generation, readAt, isUsed: false });
	}

	#evictOne(): void {
		let passedOver = 0;
		for (const [key, last] of this.#routes) {
			this.#routes.delete(key);
			if (!last.isUsed || ++passedOver > MOST_PASSED_OVER) return;
			last.isUsed = false;
			this.#routes.set(key, last);
		}
	}
}

/** Whether both lead to one place in the same way. False if that would take long to tell. */
function isSameTarget(a: Route, b: Route): boolean {
	return (
		a.kind === "target" &&
		b.kind === "target" &&
		a.target.port === b.target.port &&
		a.target.host === b.target.host &&
		a.flaw === b.flaw &&
		a.tool === undefined &&
		b.tool === undefined
	);
}

/**
 * Tells whether the event loop has polled (epoll_wait) since a moment that was marked.
 *
 * libuv counts its turns, and adds a poll's events to its count once all of them were handled. So both counts stand
 * still while the events of one poll are handled, and no later poll has the same two. The turn alone would not do:
 * libuv polls several times a turn when more events are ready than one poll returns.
 */
export class PollMark {
	#turn = -1;
	#events = -1;
	#generation = -1;

	/** Call only while an event is being handled. */
	set(generation: number): void {
		this.#generation = generation;
		const counts = countsNow();
		this.#turn = counts?.loopCount ?? -1;
		this.#events = counts?.events ?? -1;
	}

	/** Whether the mark was set for this generation since the last poll. */
	standsFor(generation: number): boolean {
		const counts = countsNow();
		return (
			counts !== undefined &&
			generation === this.#generation &&
			// 0 turns: this Node does not count.
			counts.loopCount > 0 &&
			counts.loopCount === this.#turn &&
			counts.events === this.#events
		);
	}
}

/** Undefined before Node 20.18; the mark is then never valid. */
function countsNow(): typeof performance.nodeTiming.uvMetricsInfo | undefined {
	return performance.nodeTiming.uvMetricsInfo;
}
