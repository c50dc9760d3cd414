import type { Load, SessionLoad } from "../exchange-record.js";
import type { Placed, Route, Target } from "../route.js";
import { faultOf } from "../routing/admission.js";
import type { Peer } from "../routing/container-request.js";
import type { Context } from "./context.js";
import { LastAnswers } from "./last-answers.js";
import { ActiveList, Pool } from "./pool.js";

/** Sessions whose rows are looked at again in one turn of the event loop: some 15 microseconds each of a million rows. */
const RECHECKED_A_TURN = 20;

/** Why exchanges in flight must end, by the kind of their session's route; with any other kind they may go on. */
const WITHDRAWN: Partial<Record<Route["kind"], string>> = {
	unknown: "the session's row is gone",
	ended: "a row that was written later leads to the same address",
	contested: "several rows lead to the same address",
};

/** The connections of every session that has any, by session key. */
export class Sessions {
	private readonly pools = new Map<string, Pool>();
	private readonly answers = new LastAnswers();
	readonly waiting = new WaitingSessions();
	private rechecking = false;
	private recheckAgain = false;

	constructor(private readonly context: Context) {}

	/** The session's pool; one that led elsewhere closes its idle connections and goes on only for what is under way. */
	poolFor(sessionKey: string, target: Target): Pool {
		const known = this.pools.get(sessionKey);
		if (known?.serves(target)) return known;
		known?.replaced();
		const active = known?.active ?? new ActiveList();
		const remembered = this.answers.of(sessionKey, target);
		const onUnused = (unused: Pool) => {
			if (this.pools.get(sessionKey) === unused) this.pools.delete(sessionKey);
		};
		const pool = new Pool(this.context, remembered, active, onUnused);
		this.pools.set(sessionKey, pool);
		return pool;
	}

	/** What the sessions have under way, and the connections that wait for more. */
	load(): Omit<Load, "clients"> {
		const sessions: SessionLoad[] = [];
		let idle = 0;
		for (const [key, pool] of this.pools) {
			idle += pool.idleConnections;
			if (pool.active.size > 0) sessions.push(pool.load(key));
		}
		return { idle, sessions };
	}

	/** The session map changed: what is under way for sessions that are gone must end. */
	recheck(): void {
		if (this.rechecking) {
			this.recheckAgain = true;
			return;
		}
		this.rechecking = true;
		const placed = [...this.pools].map(
			([key, pool]) => [key, pool.target] as const,
		);
		this.recheckFrom(placed);
	}

	private recheckFrom(placed: Placed[]): void {
		const some = placed.splice(0, RECHECKED_A_TURN);
		for (const key of this.context.mayHaveChanged(some)) {
			const route = this.context.find(key);
			if (route instanceof Promise)
				void route.then((late) => this.apply(key, late));
			else this.apply(key, route);
		}
		if (placed.length > 0) {
			setImmediate(() => this.recheckFrom(placed));
			return;
		}
		this.rechecking = false;
		if (!this.recheckAgain) return;
		this.recheckAgain = false;
		this.recheck();
	}

	private apply(key: string, route: Route): void {
		const pool = this.pools.get(key);
		if (pool === undefined) return;
		if (route.kind === "target" && !pool.leads(route.target)) pool.retire();
		const reason = WITHDRAWN[route.kind];
		if (reason === undefined || route.kind === "target") return;
		pool.retire();
		const code = faultOf(route.kind);
		for (const active of pool.active) {
			try {
				active.onWithdrawn(reason, code);
			} catch (error) {
				active.fault(error);
			}
		}
		this.answers.forget(key);
	}

	/** Ends the idle connections; for the end of the daemon. */
	retireAll(): void {
		for (const pool of this.pools.values()) pool.retire();
	}
}

/** How many clients had no place because somebody had more than a fair share. */
export interface ShareRefusals {
	readonly sessions: number;
	readonly addresses: number;
}

/**
 * Shares the places for clients: one session holds half of them at most, one peer a quarter while its connections have
 * no session. Trusted peers are front proxies, through which everybody comes: they have no share, and a session holds
 * their connections only while they carry its requests.
 */
export class FairShares {
	readonly #ofSession: number;
	readonly #ofAddress: number;
	readonly #bySession = new Map<string, number>();
	readonly #byAddress = new Map<string, number>();
	#sessions = 0;
	#addresses = 0;

	constructor(maxClients: number) {
		this.#ofSession = Math.max(1, Math.floor(maxClients / 2));
		this.#ofAddress = Math.max(1, Math.floor(maxClients / 4));
	}

	get refusals(): ShareRefusals {
		return { sessions: this.#sessions, addresses: this.#addresses };
	}

	/** @returns whether the peer may have one more connection without a session; then leaveAddress() must follow */
	enterAddress({ address, trusted }: Peer): boolean {
		if (trusted) return true;
		if (enter(this.#byAddress, address, this.#ofAddress)) return true;
		this.#addresses++;
		return false;
	}

	leaveAddress({ address, trusted }: Peer): void {
		if (!trusted) leave(this.#byAddress, address);
	}

	/** @returns whether the session may have one more connection; then leaveSession() must follow */
	enterSession(sessionKey: string): boolean {
		if (enter(this.#bySession, sessionKey, this.#ofSession)) return true;
		this.#sessions++;
		return false;
	}

	leaveSession(sessionKey: string): void {
		leave(this.#bySession, sessionKey);
	}
}

function enter(counts: Map<string, number>, name: string, most: number) {
	const count = counts.get(name) ?? 0;
	if (count >= most) return false;
	counts.set(name, count + 1);
	return true;
}

function leave(counts: Map<string, number>, name: string): void {
	const count = counts.get(name) ?? 0;
	if (count > 1) counts.set(name, count - 1);
	else counts.delete(name);
}

/** Whose share one client's connection is of. It begins with its peer's, and leaves with leave(). */
export class SharePlace {
	/** Empty: the peer's. */
	#sessionKey = "";
	#hasLeft = false;

	constructor(
		readonly shares: FairShares,
		readonly peer: Peer,
	) {}

	/** @returns whether the connection may carry this session's request */
	moveTo(sessionKey: string): boolean {
		if (sessionKey === this.#sessionKey) return true;
		if (!this.shares.enterSession(sessionKey)) return false;
		this.#leaveShare();
		this.#sessionKey = sessionKey;
		return true;
	}

	/** A request is over: a front proxy's connection is nobody's until the next one. */
	release(): void {
		if (!this.peer.trusted || this.#sessionKey === "") return;
		this.shares.leaveSession(this.#sessionKey);
		this.#sessionKey = "";
	}

	/** The connection is gone. */
	leave(): void {
		if (this.#hasLeft) return;
		this.#hasLeft = true;
		this.#leaveShare();
	}

	#leaveShare(): void {
		if (this.#sessionKey === "") this.shares.leaveAddress(this.peer);
		else this.shares.leaveSession(this.#sessionKey);
	}
}

/** Sessions that are remembered: far more than ever wait for a launch at one time. */
const REMEMBERED = 1_000;

interface Waiting {
	/** As in route.ts. */
	readonly launch: string;
	/** Milliseconds of performance.now(). */
	readonly since: number;
}

/** The sessions whose rows are not ready, and since when each has been asking. */
export class WaitingSessions {
	private readonly bySession = new Map<string, Waiting>();

	/** When this session first asked for this launch: now, where it has not before. Milliseconds of performance.now(). */
	since(sessionKey: string, launch: string): number {
		const known = this.bySession.get(sessionKey);
		if (known?.launch === launch) return known.since;
		const now = performance.now();
		this.bySession.delete(sessionKey);
		this.bySession.set(sessionKey, { launch, since: now });
		if (this.bySession.size > REMEMBERED) {
			const [oldest] = this.bySession.keys();
			if (oldest !== undefined) this.bySession.delete(oldest);
		}
		return now;
	}

	/** The session waits no more. */
	end(sessionKey: string): void {
		if (this.bySession.size > 0) this.bySession.delete(sessionKey);
	}
}
