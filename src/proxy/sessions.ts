import type { Load, SessionLoad } from "../exchange-record.js";
import type { Placed, Route, Target } from "../route.js";
import { faultOf } from "../routing/admission.js";
import type { Peer } from "../routing/container-request.js";
import type { Context } from "./context.js";
import { ActiveList, type KnownTarget, Pool } from "./pool.js";

/** Sessions that are rechecked in one turn of the event loop: each takes some 15 microseconds with a million rows. */
const RECHECKED_A_TURN = 20;

/** The routes that end exchanges in flight, and why. With any other route they may go on. */
const WITHDRAWN: Partial<Record<Route["kind"], string>> = {
	unknown: "the session's row is gone",
	ended: "a row that was written later leads to the same address",
	contested: "several rows lead to the same address",
};

/** The state of all sessions: their pools, targets that answered, waits for a launch. */
export class Sessions {
	readonly waiting = new WaitingSessions();
	readonly #pools = new Map<string, Pool>();
	readonly #answers = new LastAnswers();
	readonly #context: Context;
	#recheck: "none" | "running" | "running, then again" = "none";

	constructor(context: Context) {
		this.#context = context;
	}

	/** The session's pool. A former pool with another target closes its idle connections and finishes its exchanges. */
	poolFor(sessionKey: string, target: Target): Pool {
		const known = this.#pools.get(sessionKey);
		if (known?.serves(target)) return known;
		known?.replaced();
		const active = known?.active ?? new ActiveList();
		const remembered = this.#answers.of(sessionKey, target);
		const pool = new Pool(this.#context, remembered, active, (unused) => {
			if (this.#pools.get(sessionKey) === unused)
				this.#pools.delete(sessionKey);
		});
		this.#pools.set(sessionKey, pool);
		return pool;
	}

	load(): Omit<Load, "clients"> {
		const sessions: SessionLoad[] = [];
		let idle = 0;
		for (const [key, pool] of this.#pools) {
			idle += pool.idleConnections;
			if (pool.active.size > 0) sessions.push(pool.load(key));
		}
		return { idle, sessions };
	}

	/** The session map changed: ends the exchanges of sessions that are gone. */
	recheck(): void {
		if (this.#recheck !== "none") {
			this.#recheck = "running, then again";
			return;
		}
		this.#recheck = "running";
		const placed = [...this.#pools].map(
			([key, pool]) => [key, pool.target] as const,
		);
		this.#recheckFrom(placed);
	}

	#recheckFrom(placed: Placed[]): void {
		const some = placed.splice(0, RECHECKED_A_TURN);
		for (const key of this.#context.mayHaveChanged(some)) {
			const route = this.#context.find(key);
			if (route instanceof Promise)
				void route.then((late) => this.#apply(key, late));
			else this.#apply(key, route);
		}
		if (placed.length > 0) {
			setImmediate(() => this.#recheckFrom(placed));
			return;
		}
		const again = this.#recheck === "running, then again";
		this.#recheck = "none";
		if (again) this.recheck();
	}

	#apply(key: string, route: Route): void {
		const pool = this.#pools.get(key);
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
		this.#answers.forget(key);
	}

	/** Ends the idle connections; for the end of the daemon. */
	retireAll(): void {
		for (const pool of this.#pools.values()) pool.retire();
	}
}

/** More than a Galaxy has in a day, at some hundred bytes for each. */
const REMEMBERED_ANSWERS = 10_000;

/** Remembers longer than connections live: a user returns to a tab after hours and asks why it does not work. */
export class LastAnswers {
	readonly #bySession = new Map<string, KnownTarget>();

	/** The session is gone: the next one under its key is another container. */
	forget(sessionKey: string): void {
		this.#bySession.delete(sessionKey);
	}

	/** The session's target with its last answer; a former target of the session is forgotten. */
	of(sessionKey: string, { host, port }: Target): KnownTarget {
		const known = this.#bySession.get(sessionKey);
		const isSame = known?.host === host && known.port === port;
		const target = isSame ? known : { host, port, answeredAt: 0 };
		putLast(this.#bySession, sessionKey, target, REMEMBERED_ANSWERS);
		return target;
	}
}

/** Far more than ever wait for a launch at one time. */
const REMEMBERED_WAITS = 1_000;

/** Sessions whose rows are not ready, and since when each has been asking. */
export class WaitingSessions {
	readonly #bySession = new Map<string, { launch: string; since: number }>();

	/** When the session first asked for this launch (as in route.ts), in milliseconds of performance.now(). */
	since(sessionKey: string, launch: string): number {
		const known = this.#bySession.get(sessionKey);
		if (known?.launch === launch) return known.since;
		const since = performance.now();
		const wait = { launch, since };
		putLast(this.#bySession, sessionKey, wait, REMEMBERED_WAITS);
		return since;
	}

	end(sessionKey: string): void {
		if (this.#bySession.size > 0) this.#bySession.delete(sessionKey);
	}
}

/** Makes the entry the youngest one; beyond `most` the oldest is removed. */
function putLast<Value>(
	map: Map<string, Value>,
	key: string,
	value: Value,
	most: number,
): void {
	map.delete(key);
	map.set(key, value);
	if (map.size <= most) return;
	const [oldest] = map.keys();
	if (oldest !== undefined) map.delete(oldest);
}

/** How many clients were refused because a session or an address had its share. */
export interface ShareRefusals {
	readonly sessions: number;
	readonly addresses: number;
}

/**
 * Divides the places for clients: a session gets at most half of them, a peer at most a quarter for connections without
 * a session. Trusted peers are front proxies, which carry everybody's requests: they have no share, and count towards a
 * session only while they carry its requests.
 */
export class FairShares {
	readonly #ofSession: number;
	readonly #ofAddress: number;
	readonly #bySession = new Map<string, number>();
	readonly #byAddress = new Map<string, number>();
	readonly #refusals = { sessions: 0, addresses: 0 };

	constructor(maxClients: number) {
		this.#ofSession = Math.max(1, Math.floor(maxClients / 2));
		this.#ofAddress = Math.max(1, Math.floor(maxClients / 4));
	}

	get refusals(): ShareRefusals {
		return { ...this.#refusals };
	}

	/** @returns whether the peer may have one more connection without a session; then leaveAddress() must follow */
	enterAddress({ address, trusted }: Peer): boolean {
		if (trusted) return true;
		if (enter(this.#byAddress, address, this.#ofAddress)) return true;
		this.#refusals.addresses++;
		return false;
	}

	leaveAddress({ address, trusted }: Peer): void {
		if (!trusted) leave(this.#byAddress, address);
	}

	/** @returns whether the session may have one more connection; then leaveSession() must follow */
	enterSession(sessionKey: string): boolean {
		if (enter(this.#bySession, sessionKey, this.#ofSession)) return true;
		this.#refusals.sessions++;
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

/** The share that one client's connection counts towards: first its peer's, then its session's. */
export class SharePlace {
	readonly #shares: FairShares;
	readonly #peer: Peer;
	#share: "address" | "session" | "none" = "address";
	#sessionKey = "";

	constructor(shares: FairShares, peer: Peer) {
		this.#shares = shares;
		this.#peer = peer;
	}

	/** @returns whether the connection may carry this session's request */
	moveTo(sessionKey: string): boolean {
		if (sessionKey === this.#sessionKey) return true;
		if (!this.#shares.enterSession(sessionKey)) return false;
		this.#leaveShare();
		this.#share = "session";
		this.#sessionKey = sessionKey;
		return true;
	}

	/** The request is over: a front proxy's connection counts towards no session until its next one. */
	release(): void {
		if (!this.#peer.trusted || this.#share !== "session") return;
		this.#leaveShare();
		this.#share = "address";
	}

	/** The connection is gone. */
	leave(): void {
		this.#leaveShare();
	}

	#leaveShare(): void {
		switch (this.#share) {
			case "address":
				this.#shares.leaveAddress(this.#peer);
				break;
			case "session":
				this.#shares.leaveSession(this.#sessionKey);
				break;
			case "none":
				break;
			default:
				this.#share satisfies never;
		}
		this.#share = "none";
		this.#sessionKey = "";
	}
}
