import type { ExchangeRecord, Load, Observer } from "../exchange-record.js";
import { type Find, type Route, UNREADABLE } from "../route.js";
import { RecentFaults } from "./recent-faults.js";
import { SessionTable } from "./session-table.js";
import {
	type MapState,
	processUse,
	type Snapshot,
	type Totals,
} from "./snapshot.js";
import { Histogram, Tally } from "./tally.js";
import { LOOP_BOUNDS, LoopDelay } from "./timeline.js";
import type { View, Viewed } from "./view.js";

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
	readonly state: () => {
		readonly reason: string;
		/** Set where Galaxy has not made the map yet. */
		readonly isAwaited?: boolean;
	};
	/** Rows that are refused because of others at their address. */
	readonly counts: () => { ended: number; contested: number };
}

const SECOND_MS = 1_000;
/** Milliseconds for which the last good answers of the map are good enough; then the daemon is not ready. */
const UNREADABLE_MS = 30_000;

/** Statistics of this process since its start, for metrics and the status page. */
export class Statistics implements Viewed {
	readonly map = new MapStatistics();
	readonly #tally = new Tally();
	readonly #faults = new RecentFaults();
	readonly #loopDelay = new LoopDelay();
	readonly #sources: Sources;
	readonly #sessions = new SessionTable();
	#draining: string | undefined;

	/** Lives as long as the daemon, so its timer is never stopped. */
	constructor(sources: Sources) {
		this.#sources = sources;
		setInterval(() => this.#secondPassed(), SECOND_MS).unref();
	}

	get version(): string {
		return this.#sources.version;
	}

	get mapPath(): string {
		return this.#sources.mapPath;
	}

	/** The observer, followed by this one. */
	observing(observer: Observer): Observer {
		return (record: ExchangeRecord): void => {
			observer(record);
			this.#tally.observe(record);
			this.#sessions.observe(record);
			this.#faults.observe(record);
		};
	}

	mapChanged(): void {
		this.map.changed();
		this.#sessions.mapChanged();
	}

	drain(): void {
		this.#draining = "shutting down, finishing requests in flight";
	}

	/** isFull: with the session table. */
	snapshot(isFull: boolean): Snapshot {
		const load = this.#look();
		const { clients, idle, sessions } = load;
		const sum = (of: "requests" | "tunnels") =>
			sessions.reduce((total, each) => total + each[of], 0);
		return {
			totals: this.#totals(load),
			clients,
			idle,
			requests: sum("requests"),
			tunnels: sum("tunnels"),
			active: sessions.map((each) => this.#sessions.labelOf(each.sessionKey)),
			map: this.map.state(),
			longestDelay: this.#loopDelay.longest,
			notReady: this.notReady(),
			notServing: this.notServing(),
			process: processUse(),
			...(isFull && { sessions: this.#sessions.rows() }),
		};
	}

	view(isFull: boolean): View {
		const { process: use, ...sum } = this.snapshot(isFull);
		const processes = [{ worker: undefined, ...use }];
		return { sum, processes, group: undefined };
	}

	/** Why this daemon is not ready, or undefined when it is. */
	notReady(): string | undefined {
		return this.#draining ?? this.map.notReady();
	}

	/** Why this daemon cannot give even the last good answers, or undefined when it can. */
	notServing(): string | undefined {
		return this.#draining ?? this.map.neverRead();
	}

	#totals({ sessions }: Load): Totals {
		const { proxy, warnings, log } = this.#sources;
		const { internalFaults, acceptFailures, frontCommands } = warnings;
		const { requests, faults, refused, tunnels } = this.#tally;
		let { bytesFromClient, bytesToClient } = this.#tally;
		for (const session of sessions) {
			bytesFromClient += session.bytesFromClient;
			bytesToClient += session.bytesToClient;
		}
		const shares = proxy.shareRefusals();
		return {
			counters: {
				...{ requests, faults, refused, tunnels },
				...{ bytesFromClient, bytesToClient },
				...{ internalFaults, acceptFailures, frontCommands },
				mapChanges: this.map.changes,
				sessionRefusals: shares.sessions,
				addressRefusals: shares.addresses,
				droppedLines: log.dropped(),
			},
			ends: this.#tally.ends(),
			lookups: { ...this.map.lookups },
			requestTimes: this.#tally.requestTimes.buckets(),
			connectTimes: this.#tally.connectTimes.buckets(),
			loopDelays: this.#loopDelay.delays.buckets(),
			faults: this.#faults.shown(),
		};
	}

	/** Looks at the exchanges in flight, for the session table too. */
	#look(): Load {
		const load = this.#sources.proxy.load();
		this.#sessions.update(load.sessions);
		return load;
	}

	#secondPassed(): void {
		this.#loopDelay.turn();
		this.#look();
		// While the map cannot be read, it can say nothing new.
		if (this.map.isReadable) this.#sessions.verifySome(this.map.find);
	}
}

/** The totals of a process that has served nothing. */
export function noTotals(): Totals {
	const tally = new Tally();
	return {
		counters: {
			requests: 0,
			faults: 0,
			refused: 0,
			tunnels: 0,
			bytesFromClient: 0,
			bytesToClient: 0,
			mapChanges: 0,
			internalFaults: 0,
			acceptFailures: 0,
			sessionRefusals: 0,
			addressRefusals: 0,
			frontCommands: 0,
			droppedLines: 0,
		},
		ends: tally.ends(),
		lookups: new MapStatistics().lookups,
		requestTimes: tally.requestTimes.buckets(),
		connectTimes: tally.connectTimes.buckets(),
		loopDelays: new Histogram(LOOP_BOUNDS).buckets(),
		faults: [],
	};
}

/** Events of the session map since the start. */
export class MapStatistics {
	isReadable = false;
	/** Called when it becomes readable or unreadable. */
	onEntered: () => void = () => undefined;
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
		if (isReadable) {
			this.#wasRead = true;
			this.changedAt ||= Date.now() / 1000;
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
		if (seconds * 1000 < UNREADABLE_MS) return undefined;
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
