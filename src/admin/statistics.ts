import type { ExchangeRecord, Load, Observer } from "../exchange-record.js";
import { MapStatistics, noLookups } from "./map-statistics.js";
import { RecentFaults } from "./recent-faults.js";
import { SessionTable } from "./session-table.js";
import { processUse, type Snapshot, type Totals } from "./snapshot.js";
import { Histogram, Tally } from "./tally.js";
import { LOOP_BOUNDS, LoopDelay } from "./timeline.js";
import type { View, Viewed } from "./view.js";

/** Numbers that other parts count, for the statistics to read. */
export interface Sources {
	readonly version: string;
	readonly mapPath: string;
	/** Milliseconds after which a map that cannot be read makes the daemon unready. */
	readonly unreadableMs: number;
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
	/** In a worker: it serves nobody before it. */
	readonly turn?: Promise<void>;
}

const SECOND_MS = 1_000;

/** Statistics of this process since its start, for metrics and the status page. */
export class Statistics implements Viewed {
	readonly map: MapStatistics;
	readonly #tally = new Tally();
	readonly #faults = new RecentFaults();
	readonly #loopDelay: LoopDelay;
	readonly #sources: Sources;
	readonly #sessions = new SessionTable();
	#draining: string | undefined;

	/** Lives as long as the daemon, so its timer is never stopped. */
	constructor(sources: Sources) {
		this.#sources = sources;
		this.map = new MapStatistics(sources.unreadableMs);
		this.#loopDelay = new LoopDelay(sources.turn);
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
		lookups: noLookups(),
		requestTimes: tally.requestTimes.buckets(),
		connectTimes: tally.connectTimes.buckets(),
		loopDelays: new Histogram(LOOP_BOUNDS).buckets(),
		faults: [],
	};
}
