import type { ExchangeRecord, SessionLoad } from "../exchange-record.js";
import { sessionLabel } from "../log/session-label.js";
import { authorityOf, type Find, type Route } from "../route.js";

/** Sessions that are remembered: far more than are at work at one time on the largest servers. */
const MOST = 5_000;
/** Of them, those that go when a new one finds no place. */
const GOING = MOST / 10;
/** Milliseconds without a request or a byte after which a session is forgotten. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** Sessions that are looked at again in one step, each for some microseconds. */
const VERIFIED = 100;

/**
 * open: something is under way. failing: the last request failed at the container. starting: its row has no host and
 * port yet. ended, contested: another row leads to its address. gone: its row is gone.
 */
export type SessionState =
	| "open"
	| "idle"
	| "failing"
	| "starting"
	| "ended"
	| "contested"
	| "gone";

/** One session that the map knew, since the daemon's start. */
interface Known {
	readonly sessionKey: string;
	label: string;
	target: string;
	outcome: Exclude<SessionState, "open">;
	/** Finished ones. */
	requests: number;
	bytesFromClient: number;
	bytesToClient: number;
	/** Milliseconds of performance.now(). */
	lastActivity: number;
	/** What is under way, as last told, and by which telling. */
	load: SessionLoad | null;
	loadTelling: number;
	/** The map's change of which the outcome knows. */
	change: number;
}

/** One session as it is shown. */
export interface SessionRow {
	/** As in the log: the beginning of the key's SHA-256. */
	readonly session: string;
	readonly target: string;
	readonly state: SessionState;
	/** Requests and tunnels, those under way included. */
	readonly requests: number;
	readonly open_requests: number;
	readonly open_tunnels: number;
	readonly bytes_from_client: number;
	readonly bytes_to_client: number;
	/** When a request ended or a byte passed; milliseconds of Unix time. */
	readonly last_activity: number;
}

/** What a fault says of its session; of others nothing. */
const OUTCOMES: ReadonlyMap<string, Known["outcome"]> = new Map([
	["targetMissing", "failing"],
	["badAnswer", "failing"],
	["ownListener", "failing"],
	["targetNotAllowed", "failing"],
	["slowConnect", "failing"],
	["slowAnswer", "failing"],
	["notReady", "starting"],
	["ended", "ended"],
	["contested", "contested"],
	["noSession", "gone"],
]);

/** The sessions that were served, bounded, for who looks. Who has no row in the map never gets in. */
export class SessionTable {
	readonly #sessions = new Map<string, Known>();
	#verifying = this.#sessions.values();
	#telling = 0;
	#change = 0;

	get size(): number {
		return this.#sessions.size;
	}

	observe(exchange: ExchangeRecord): void {
		const { sessionKey, target, fault, termination } = exchange;
		let known = this.#sessions.get(sessionKey);
		if (known === undefined) {
			if (target === "" && fault !== "notReady") return;
			known = this.#add(sessionKey, target);
		}
		if (target !== "") known.target = target;
		known.requests++;
		known.bytesFromClient += exchange.bytesFromClient;
		known.bytesToClient += exchange.bytesToClient;
		known.lastActivity = exchange.endedAt;
		// What the map's change or the daemon's end has ended says nothing of the container.
		if (termination[0] === "K") return;
		if (fault !== "") known.outcome = OUTCOMES.get(fault) ?? known.outcome;
		else if (target !== "") known.outcome = "idle";
	}

	/** The session map has changed: what was said of rows counts no more. */
	mapChanged(): void {
		this.#change++;
	}

	/** What is under way now; whose bytes have moved since the last telling was active. */
	tell(sessions: readonly SessionLoad[]): void {
		this.#telling++;
		const now = performance.now();
		for (const load of sessions) {
			let known = this.#sessions.get(load.sessionKey);
			// Who is under way and has no place here would push out others who are.
			if (known === undefined && this.#sessions.size >= MOST) continue;
			known ??= this.#add(load.sessionKey, load.target);
			if (load.requests > 0 || bytesOf(load) !== bytesOf(known.load))
				known.lastActivity = now;
			known.target = load.target;
			known.load = load;
			known.loadTelling = this.#telling;
		}
	}

	/** Asks the map again for some of the sessions of which it may say something else now; forgets old ones. */
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

	#verify(known: Known, find: Find): void {
		known.change = this.#change;
		const route = find(known.sessionKey);
		if (route instanceof Promise) void route.then((late) => learn(known, late));
		else learn(known, route);
	}

	/** All of them, of the last telling. */
	rows(): SessionRow[] {
		return Array.from(this.#sessions.values(), (known) => {
			if (known.loadTelling !== this.#telling) known.load = null;
			return rowOf(known);
		});
	}

	#add(sessionKey: string, target: string): Known {
		if (this.#sessions.size >= MOST) this.#makeRoom();
		const added: Known = {
			sessionKey,
			label: "",
			target,
			outcome: "idle",
			requests: 0,
			bytesFromClient: 0,
			bytesToClient: 0,
			lastActivity: performance.now(),
			load: null,
			loadTelling: 0,
			change: this.#change,
		};
		this.#sessions.set(sessionKey, added);
		return added;
	}

	#makeRoom(): void {
		const oldest = [...this.#sessions.values()].sort(
			(one, other) => one.lastActivity - other.lastActivity,
		);
		for (const { sessionKey } of oldest.slice(0, GOING))
			this.#sessions.delete(sessionKey);
	}
}

function learn(known: Known, route: Route): void {
	if (route.kind === "unknown") known.outcome = "gone";
	else if (route.kind === "not-ready") known.outcome = "starting";
	else if (route.kind === "ended" || route.kind === "contested")
		known.outcome = route.kind;
	else if (route.kind === "target") {
		const target = authorityOf(route.target);
		const isMended = known.target !== target || known.outcome !== "failing";
		if (isMended) known.outcome = "idle";
		known.target = target;
	}
}

function rowOf(known: Known): SessionRow {
	const { load, outcome } = known;
	const [requests, tunnels] = [load?.requests ?? 0, load?.tunnels ?? 0];
	known.label ||= sessionLabel(known.sessionKey);
	const isOpen = outcome === "idle" && requests + tunnels > 0;
	return {
		session: known.label,
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

function bytesOf(load: SessionLoad | null): number {
	return load === null ? 0 : load.bytesFromClient + load.bytesToClient;
}
