import type { Load, SessionLoad } from "../exchange.js";
import type { Placed, Route, Target } from "../route.js";
import { faultOf } from "../routing/admission.js";
import { ActiveList } from "./active-list.js";
import type { Context } from "./context.js";
import { LastAnswers } from "./last-answers.js";
import { Pool } from "./pool.js";
import { WaitingSessions } from "./waiting-sessions.js";

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
