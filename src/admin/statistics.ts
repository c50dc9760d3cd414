import type { ExchangeRecord, Load, Observer } from "../exchange-record.js";
import { type Find, type Route, UNREADABLE } from "../route.js";
import { RecentFaults } from "./recent-faults.js";
import { type SessionRow, SessionTable } from "./session-table.js";
import { Tally } from "./tally.js";
import { LoopDelay, Timeline } from "./timeline.js";

/** Numbers that other parts count, for the statistics to read. */
export interface Sources {
	readonly version: string;
	readonly mapPath: string;
	readonly proxy: {
		load(): Load;
		/** Clients refused because a session or an address had its share of the places. */
		shareRefusals(): { sessions: number; addresses: number };
	};
	readonly warnings: {
		readonly internalFaults: number;
		readonly acceptFailures: number;
		readonly frontCommands: number;
	};
	readonly log: { dropped(): number };
}

/** The session map, as far as the statistics ask it. */
interface WatchedMap {
	readonly find: Find;
	/** Why it cannot be read; empty if it can. */
	readonly state: () => { readonly reason: string };
	/** Rows that are refused because of others at their address. */
	readonly counts: () => { ended: number; contested: number };
}

const SAMPLE_MS = 1_000;
/** Milliseconds for which the last good answers of the map are good enough; then the daemon is not ready. */
const UNREADABLE_MS = 30_000;

/** Statistics since the daemon's start, for metrics and the status page. */
export class Statistics {
	readonly tally = new Tally();
	readonly faults = new RecentFaults();
	readonly map = new MapStatistics();
	readonly loopDelay = new LoopDelay();
	readonly timeline = new Timeline(this.tally);
	readonly sources: Sources;
	/** Exchanges in flight at the last look. */
	load: Load = { clients: 0, idle: 0, sessions: [] };
	readonly #sessions = new SessionTable();
	#isDraining = false;

	/** Lives as long as the daemon, so its timer is never stopped. */
	constructor(sources: Sources) {
		this.sources = sources;
		setInterval(() => this.#sample(), SAMPLE_MS).unref();
	}

	/** The observer, followed by this one. */
	observing(observer: Observer): Observer {
		return (record: ExchangeRecord): void => {
			observer(record);
			this.tally.observe(record);
			this.#sessions.observe(record);
			this.faults.observe(record);
		};
	}

	mapChanged(): void {
		this.map.changed();
		this.#sessions.mapChanged();
	}

	drain(): void {
		this.#isDraining = true;
	}

	/** Looks at the exchanges in flight; whatever is shown of them is as of the last look. */
	look(): void {
		this.load = this.sources.proxy.load();
		this.#sessions.update(this.load.sessions);
	}

	/** Bytes since the start, exchanges in flight included. Only right in the same turn as the last look. */
	bytes(): { from: number; to: number } {
		let from = this.tally.bytesFromClient;
		let to = this.tally.bytesToClient;
		for (const session of this.load.sessions) {
			from += session.bytesFromClient;
			to += session.bytesToClient;
		}
		return { from, to };
	}

	sessions(): SessionRow[] {
		return this.#sessions.rows();
	}

	/** Why this daemon is not ready, or undefined when it is. */
	notReady(): string | undefined {
		if (this.#isDraining) return "shutting down, finishing requests in flight";
		return this.map.notReady();
	}

	#sample(): void {
		const longest = this.loopDelay.takeLongest();
		this.look();
		this.timeline.sample(this.load, this.bytes(), longest);
		// While the map cannot be read, it can say nothing new.
		if (this.map.isReadable) this.#sessions.verifySome(this.map.find);
	}
}

/** Events of the session map since the start. */
export class MapStatistics {
	isReadable = false;
	/** Changes that were read, after the first reading. */
	changes = 0;
	/** Seconds of Unix time: when the present content was first read; 0 before. */
	changedAt = 0;
	readonly lookups: Record<Route["kind"], number> = {
		target: 0,
		"not-ready": 0,
		ended: 0,
		contested: 0,
		elsewhere: 0,
		unknown: 0,
		unreadable: 0,
	};
	#map: WatchedMap | undefined;
	#wasRead = false;
	#enteredAt = performance.now();

	entered(isReadable: boolean): void {
		this.isReadable = isReadable;
		this.#enteredAt = performance.now();
		if (!isReadable) return;
		this.#wasRead = true;
		this.changedAt ||= Date.now() / 1000;
	}

	changed(): void {
		this.changes++;
		this.changedAt = Date.now() / 1000;
	}

	/** Seconds for which the map has been unreadable; 0 while it is readable. */
	get unreadableSeconds(): number {
		return this.isReadable ? 0 : (performance.now() - this.#enteredAt) / 1000;
	}

	/** Why the map cannot be read; empty while it is readable. */
	get reason(): string {
		return this.#map?.state().reason ?? "it is being opened";
	}

	get refusedRows(): { ended: number; contested: number } {
		return this.#map?.counts() ?? { ended: 0, contested: 0 };
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
		if (!this.#wasRead) return `no session map was read yet: ${this.reason}`;
		const seconds = Math.floor(this.unreadableSeconds);
		if (seconds * 1000 < UNREADABLE_MS) return undefined;
		return `the session map has been unreadable for ${seconds} s: ${this.reason}`;
	}
}
