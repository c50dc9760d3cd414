import type { ExchangeRecord, Load, Observer } from "../exchange-record.js";
import type { Find, Route } from "../route.js";
import { RecentFaults } from "./recent-faults.js";
import { type SessionRow, SessionTable } from "./session-table.js";
import { Tally } from "./tally.js";
import { LoopDelay, Timeline } from "./timeline.js";

/** What the daemon lets the observatory see. All of it is read, nothing changed. */
export interface Views {
	readonly version: string;
	/** The session map's path. */
	readonly sessions: string;
	readonly find: Find;
	readonly load: () => Load;
	/** Sessions of the map that are refused because of others at their address. */
	readonly refusedRows: () => { ended: number; contested: number };
	/** What is wrong with the session map now; empty where nothing is. */
	readonly mapReason: () => string;
	readonly internalFaults: () => number;
	readonly acceptFailures: () => number;
	/** Clients for whom there was no place in a session's or an address's share. */
	readonly shareRefusals: () => { sessions: number; addresses: number };
	/** Fields by which containers tried to command a front proxy. */
	readonly frontCommands: () => number;
	readonly linesDropped: () => number;
}

/** Milliseconds between two samples of the timeline. */
const SAMPLE_MS = 1_000;

/** What is known of the daemon's work since its start, for metrics and the status page. */
export class Observatory {
	readonly tally = new Tally();
	readonly faults = new RecentFaults();
	readonly map = new MapWatch();
	readonly loopDelay = new LoopDelay();
	readonly timeline = new Timeline(this.tally);
	/** Whether the daemon is ending. */
	draining = false;
	/** What was under way when it was last looked at. */
	last: Load = { clients: 0, idle: 0, sessions: [] };
	readonly #sessions = new SessionTable();

	/** Lives as long as the daemon: nothing of it has to be ended. */
	constructor(readonly views: Views) {
		setInterval(() => this.#sample(), SAMPLE_MS).unref();
	}

	readonly observe: Observer = (exchange: ExchangeRecord): void => {
		this.tally.observe(exchange);
		this.#sessions.observe(exchange);
		this.faults.observe(exchange);
	};

	mapChanged(): void {
		this.map.changed();
		this.#sessions.mapChanged();
	}

	/** Looks at what is under way now; all that is shown of it is of the last look. */
	look(): void {
		this.last = this.views.load();
		this.#sessions.tell(this.last.sessions);
	}

	/** Bytes since the start, those of what is under way included. Only right in the same turn as the last look. */
	bytes(): { from: number; to: number } {
		let from = this.tally.bytesFromClient;
		let to = this.tally.bytesToClient;
		for (const session of this.last.sessions) {
			from += session.bytesFromClient;
			to += session.bytesToClient;
		}
		return { from, to };
	}

	sessions(): SessionRow[] {
		return this.#sessions.rows();
	}

	/** Why requests must not be sent here, or null. */
	notReady(): string | null {
		if (this.draining) return "the daemon ends: what is in flight is finished";
		return this.map.notReady(this.views.mapReason());
	}

	#sample(): void {
		const longest = this.loopDelay.takeLongest();
		this.look();
		this.timeline.sample(this.last, this.bytes(), longest);
		// While the map cannot be read, it can say nothing new.
		if (this.map.readable) this.#sessions.verifySome(this.views.find);
	}
}

/** Milliseconds for which the last good answers are good enough; then the daemon says that it is not ready. */
const UNREADABLE_MS = 30_000;

/** What became of the session map since the start. */
export class MapWatch {
	readable = false;
	everRead = false;
	/** Changes that were read, after the first reading. */
	changes = 0;
	/** Seconds of Unix time: when the content in use was first read; 0 before. */
	changedAt = 0;
	/** Look-ups by what they found. */
	readonly lookups: Record<Route["kind"], number> = {
		target: 0,
		"not-ready": 0,
		ended: 0,
		contested: 0,
		unknown: 0,
		unreadable: 0,
	};
	#since = performance.now();

	/** The map became readable or unreadable. */
	entered(readable: boolean): void {
		this.readable = readable;
		this.#since = performance.now();
		if (!readable || this.everRead) return;
		this.everRead = true;
		this.changedAt = Date.now() / 1000;
	}

	changed(): void {
		this.changes++;
		this.changedAt = Date.now() / 1000;
	}

	/** Seconds for which the map has been unreadable; 0 while it is readable. */
	get unreadableSeconds(): number {
		return this.readable ? 0 : (performance.now() - this.#since) / 1000;
	}

	/** The same look-up, counted. */
	counting(find: Find): Find {
		const { lookups } = this;
		const count = (route: Route): Route => {
			lookups[route.kind]++;
			return route;
		};
		return (key, sincePoll) => {
			const route = find(key, sincePoll);
			return route instanceof Promise ? route.then(count) : count(route);
		};
	}

	/** Why requests must not be sent here, or null. reason: what is wrong with the map now. */
	notReady(reason: string): string | null {
		const seconds = Math.floor(this.unreadableSeconds);
		if (!this.everRead) return `no session map was read yet: ${reason}`;
		if (seconds * 1000 < UNREADABLE_MS) return null;
		return `the session map has been unreadable for ${seconds} s: ${reason}`;
	}
}
