import { type Find, type Route, UNREADABLE } from "../route.js";
import type { MapState } from "./snapshot.js";

/** The session map, as far as the statistics ask it. */
interface WatchedMap {
	readonly find: Find;
	/** Why it cannot be read; empty if it can. */
	readonly state: () => {
		readonly reason: string;
		/** Set where Galaxy has not made the map yet. */
		readonly isAwaited?: boolean;
	};
	/** Rows that are refused because of others at their address. */
	readonly counts: () => { ended: number; contested: number; rows?: number };
}

/** Events of the session map since the start. */
export class MapStatistics {
	isReadable = false;
	/** Called when it becomes readable or unreadable, and when it has been unreadable for too long. */
	onEntered: () => void = () => undefined;
	/** Changes that were read, after the first reading. */
	changes = 0;
	/** Seconds of Unix time: when the present content was first read; 0 before. */
	changedAt = 0;
	readonly lookups = noLookups();
	readonly #unreadableMs: number;
	#map: WatchedMap | undefined;
	#wasRead = false;
	#enteredAt = performance.now();
	/** Ends when the daemon stops being ready. */
	#patience: NodeJS.Timeout | undefined;

	/** @param unreadableMs milliseconds for which the last good answers are good enough; then the daemon is not ready */
	constructor(unreadableMs: number) {
		this.#unreadableMs = unreadableMs;
	}

	/** @param since performance.now() when it became so */
	entered(isReadable: boolean, since = performance.now()): void {
		this.isReadable = isReadable;
		this.#enteredAt = since;
		clearTimeout(this.#patience);
		if (isReadable) {
			this.#wasRead = true;
			this.changedAt ||= Date.now() / 1000;
		} else {
			const left = since + this.#unreadableMs - performance.now();
			// A timer may be a millisecond early.
			this.#patience = setTimeout(() => this.onEntered(), left + 2).unref();
		}
		this.onEntered();
	}

	changed(): void {
		this.changes++;
		this.changedAt = Date.now() / 1000;
	}

	state(): MapState {
		const { isReadable, changedAt } = this;
		return {
			isReadable,
			reason: isReadable ? "" : this.#reason,
			unreadableSeconds: this.#unreadableSeconds,
			changedAt,
			...(this.#map?.counts() ?? { ended: 0, contested: 0 }),
		};
	}

	get #unreadableSeconds(): number {
		return this.isReadable ? 0 : (performance.now() - this.#enteredAt) / 1000;
	}

	get #reason(): string {
		return this.#map?.state().reason ?? "it is being opened";
	}

	/** The map's look-up, counted by result. */
	counting(map: WatchedMap): Find {
		this.#map = map;
		const { lookups } = this;
		const count = (route: Route): Route => {
			lookups[route.kind]++;
			return route;
		};
		return (key, sincePoll) => {
			const route = map.find(key, sincePoll);
			return route instanceof Promise ? route.then(count) : count(route);
		};
	}

	readonly find: Find = (key) => this.#map?.find(key) ?? UNREADABLE;

	/** Why the map keeps the daemon from being ready, or undefined when it does not. */
	notReady(): string | undefined {
		if (!this.#wasRead) return this.#noMap;
		const seconds = Math.floor(this.#unreadableSeconds);
		if (this.#unreadableSeconds * 1000 < this.#unreadableMs) return undefined;
		return `the session map has been unreadable for ${seconds} s: ${this.#reason}`;
	}

	/** Why nothing can be served from the map, or undefined when something can, or when Galaxy has not made it yet. */
	neverRead(): string | undefined {
		const isAwaited = this.#map?.state().isAwaited === true;
		return this.#wasRead || isAwaited ? undefined : this.#noMap;
	}

	get #noMap(): string {
		return `no session map was read yet: ${this.#reason}`;
	}
}

export function noLookups(): Record<Route["kind"], number> {
	return {
		target: 0,
		"not-ready": 0,
		ended: 0,
		contested: 0,
		elsewhere: 0,
		unknown: 0,
		unreadable: 0,
	};
}
