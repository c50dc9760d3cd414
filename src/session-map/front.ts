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
import type { Counts } from "./address-owners.js";
import { Held } from "./held.js";
import { PollMark } from "./poll-mark.js";
import { isNobodys } from "./row.js";
import { SeenSessions } from "./seen.js";
import type { Conflicts, Source } from "./source.js";
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
