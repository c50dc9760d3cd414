import type { ExchangeRecord, SessionLoad } from "../exchange-record.js";
import { authorityOf } from "../http1/request-head.js";
import { sessionLabel } from "../log/session-label.js";
import type { Find, Route } from "../route.js";

/** Sessions that are remembered: far more than are active at the same time on the largest servers. */
const MOST = 5_000;
/** Sessions that are dropped to make room for a new one, the least recently active first. */
const DROPPED = MOST / 10;
/** Milliseconds without a request or a byte after which a session is forgotten. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** Sessions that are looked up again in one step, each in some microseconds. */
const VERIFIED = 100;

/**
 * open: a request or a tunnel is open. failing: the last request failed at the container. starting: its row has no host
 * and port yet. ended, contested: another row leads to its address. gone: its row was removed.
 */
type SessionState =
	| "open"
	| "idle"
	| "failing"
	| "starting"
	| "ended"
	| "contested"
	| "gone";

/** A session that the map knew at some time since the daemon's start. */
class Session {
	readonly sessionKey: string;
	label = "";
	target: string;
	outcome: Exclude<SessionState, "open"> = "idle";
	/** Finished requests and tunnels. */
	requests = 0;
	bytesFromClient = 0;
	bytesToClient = 0;
	/** Milliseconds of performance.now(). */
	lastActivity = performance.now();
	/** Exchanges in flight at the last report, and the number of that report. */
	load: SessionLoad | undefined;
	report = 0;
	/** Number of the map's last change that the outcome takes into account. */
	change: number;

	constructor(sessionKey: string, target: string, change: number) {
		this.sessionKey = sessionKey;
		this.target = target;
		this.change = change;
	}
}

/** One session as it is shown. */
export interface SessionRow {
	/** As in the log: the beginning of the key's SHA-256. */
	readonly session: string;
	readonly target: string;
	readonly state: SessionState;
	/** Requests and tunnels, including open ones. */
	readonly requests: number;
	readonly open_requests: number;
	readonly open_tunnels: number;
	readonly bytes_from_client: number;
	readonly bytes_to_client: number;
	/** When a request ended or a byte passed; milliseconds of Unix time. */
	readonly last_activity: number;
}

/** The outcome that a fault or a kind of route means for its session; others do not change it. */
const OUTCOMES: ReadonlyMap<string, Session["outcome"]> = new Map([
	["targetMissing", "failing"],
	["badAnswer", "failing"],
	["ownListener", "failing"],
	["targetNotAllowed", "failing"],
	["slowConnect", "failing"],
	["slowAnswer", "failing"],
	["notReady", "starting"],
	["not-ready", "starting"],
	["ended", "ended"],
	["contested", "contested"],
	["noSession", "gone"],
	["unknown", "gone"],
]);

/** A bounded table of the sessions that were served. A session without a row in the map is never added. */
export class SessionTable {
	readonly #sessions = new Map<string, Session>();
	#verifying = this.#sessions.values();
	#report = 0;
	#change = 0;

	observe(record: ExchangeRecord): void {
		const { sessionKey, target, fault, termination } = record;
		let known = this.#sessions.get(sessionKey);
		if (known === undefined) {
			if (target === "" && fault !== "notReady") return;
			known = this.#add(sessionKey, target);
		}
		if (target !== "") known.target = target;
		known.requests++;
		known.bytesFromClient += record.bytesFromClient;
		known.bytesToClient += record.bytesToClient;
		known.lastActivity = record.endedAt;
		// A change of the map or the end of the daemon says nothing about the container.
		if (termination.by === "daemon") return;
		if (fault !== undefined)
			known.outcome = OUTCOMES.get(fault) ?? known.outcome;
		else if (target !== "") known.outcome = "idle";
	}

	/** The session map has changed, so every outcome has to be verified. */
	mapChanged(): void {
		this.#change++;
	}

	/** Takes over the exchanges in flight. A session with new bytes since the last report was active. */
	update(sessions: readonly SessionLoad[]): void {
		this.#report++;
		const now = performance.now();
		for (const load of sessions) {
			let known = this.#sessions.get(load.sessionKey);
			// An active session must not push out another active one.
			if (known === undefined && this.#sessions.size >= MOST) continue;
			known ??= this.#add(load.sessionKey, load.target);
			if (load.requests > 0 || bytesOf(load) !== bytesOf(known.load))
				known.lastActivity = now;
			known.target = load.target;
			known.load = load;
			known.report = this.#report;
		}
	}

	/** Looks up some of the sessions again whose route may have changed; forgets old sessions. */
	verifySome(find: Find): void {
		const now = performance.now();
		for (let count = 0; count < VERIFIED; count++) {
			const { value: known, done } = this.#verifying.next();
			if (done === true) {
				this.#verifying = this.#sessions.values();
				return;
			}
			if (now - known.lastActivity > FORGOTTEN_MS)
				this.#sessions.delete(known.sessionKey);
			else if (known.change !== this.#change) this.#verify(known, find);
		}
	}

	#verify(known: Session, find: Find): void {
		known.change = this.#change;
		const route = find(known.sessionKey);
		if (route instanceof Promise)
			void route.then((later) => learn(known, later));
		else learn(known, route);
	}

	/** All sessions, as of the last report. */
	rows(): SessionRow[] {
		return Array.from(this.#sessions.values(), (known) => {
			if (known.report !== this.#report) known.load = undefined;
			return rowOf(known);
		});
	}

	/** How the session is named to people. */
	labelOf(sessionKey: string): string {
		const known = this.#sessions.get(sessionKey);
		return known === undefined ? sessionLabel(sessionKey) : labelOf(known);
	}

	#add(sessionKey: string, target: string): Session {
		if (this.#sessions.size >= MOST) this.#makeRoom();
		const added = new Session(sessionKey, target, this.#change);
		this.#sessions.set(sessionKey, added);
		return added;
	}

	#makeRoom(): void {
		const oldest = [...this.#sessions.values()].sort(
			(one, other) => one.lastActivity - other.lastActivity,
		);
		for (const { sessionKey } of oldest.slice(0, DROPPED))
			this.#sessions.delete(sessionKey);
	}
}

function learn(known: Session, route: Route): void {
	if (route.kind === "target") {
		const target = authorityOf(route.target);
		// A failing container stays so until a request succeeds, or its row leads elsewhere.
		if (known.target !== target || known.outcome !== "failing")
			known.outcome = "idle";
		known.target = target;
	} else known.outcome = OUTCOMES.get(route.kind) ?? known.outcome;
}

function rowOf(known: Session): SessionRow {
	const { load, outcome } = known;
	const [requests, tunnels] = [load?.requests ?? 0, load?.tunnels ?? 0];
	const isOpen = outcome === "idle" && requests + tunnels > 0;
	return {
		session: labelOf(known),
		target: known.target,
		state: isOpen ? "open" : outcome,
		requests: known.requests + requests + tunnels,
		open_requests: requests,
		open_tunnels: tunnels,
		bytes_from_client: known.bytesFromClient + (load?.bytesFromClient ?? 0),
		bytes_to_client: known.bytesToClient + (load?.bytesToClient ?? 0),
		last_activity: Math.round(performance.timeOrigin + known.lastActivity),
	};
}

/** Made once, because it is a hash. */
function labelOf(known: Session): string {
	known.label ||= sessionLabel(known.sessionKey);
	return known.label;
}

function bytesOf(load: SessionLoad | undefined): number {
	return load === undefined ? 0 : load.bytesFromClient + load.bytesToClient;
}

/** Merges the session tables of several processes. Target and state come from the process where the session was last active. */
export function mergedRows(
	tables: readonly (readonly SessionRow[])[],
): SessionRow[] {
	const merged = new Map<string, SessionRow>();
	for (const row of tables.flat()) {
		const known = merged.get(row.session);
		merged.set(row.session, known === undefined ? row : together(known, row));
	}
	return [...merged.values()];
}

function together(one: SessionRow, other: SessionRow): SessionRow {
	const last = one.last_activity > other.last_activity ? one : other;
	const open_requests = one.open_requests + other.open_requests;
	const open_tunnels = one.open_tunnels + other.open_tunnels;
	const isOpen = last.state === "idle" && open_requests + open_tunnels > 0;
	return {
		...last,
		state: isOpen ? "open" : last.state,
		requests: one.requests + other.requests,
		open_requests,
		open_tunnels,
		bytes_from_client: one.bytes_from_client + other.bytes_from_client,
		bytes_to_client: one.bytes_to_client + other.bytes_to_client,
	};
}
