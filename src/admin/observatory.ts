import type { Exchange, Load, Observer } from "../exchange.js";
import type { Find } from "../route.js";
import { LoopDelay } from "./loop-delay.js";
import { MapWatch } from "./map-watch.js";
import { RecentFaults } from "./recent-faults.js";
import { type SessionRow, SessionTable } from "./session-table.js";
import { Tally } from "./tally.js";
import { Timeline } from "./timeline.js";

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

	readonly observe: Observer = (exchange: Exchange): void => {
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
